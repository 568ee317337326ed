//! What a document says and exported policies do not.

use clap::ValueEnum;
use policy_spec::PolicyModel;

/// A part of the decision that no exported policy has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Loss {
    /// The order in which a request is checked.
    Order,
    /// Whether an operation is enabled for the caller's organization.
    Enablement,
    /// The query parameters that an operation accepts.
    Query,
    /// What grants mean beside the names that they have.
    ScopeMap,
    /// Credentials that count as none where anybody may call.
    AsNobody,
}

impl Loss {
    /// What is left out of this document, in the order of the stages.
    pub(super) fn of(model: &PolicyModel) -> Vec<Self> {
        let refuses_names = model.operations.iter().any(|operation| !operation.query.takes_any());
        let found = [
            (Self::Order, true),
            (Self::Enablement, true),
            (Self::Query, refuses_names),
            (Self::ScopeMap, !model.scope_map.is_empty()),
            (Self::AsNobody, model.schemes.iter().any(|scheme| !scheme.as_nobody.is_empty())),
        ];
        found.into_iter().filter(|(_, is_there)| *is_there).map(|(loss, _)| loss).collect()
    }

    /// The name, as `--elsewhere` takes it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Enablement => "enablement",
            Self::Query => "query",
            Self::ScopeMap => "scope-map",
            Self::AsNobody => "as-nobody",
        }
    }

    /// The names with commas between them. `None` where there is none.
    pub(super) fn names(losses: &[Self]) -> Option<String> {
        let names: Vec<&str> = losses.iter().map(|loss| loss.name()).collect();
        Some(names.join(",")).filter(|names| !names.is_empty())
    }

    /// One sentence for a reader who has only the policies.
    pub(super) const fn sentence(self) -> &'static str {
        match self {
            Self::Order => {
                "an engine gives one answer, so that it does not say which check refuses first, nor for what reason"
            }
            Self::Enablement => "an operation may not be enabled for the caller's organization",
            Self::Query => "a request may have query parameters that its operation does not accept",
            Self::ScopeMap => "`scopes.map` of `policy.toml` says what provider's names grant; apply it before asking",
            Self::AsNobody => "`policy.toml` names credentials that count as none where anybody may call",
        }
    }
}
