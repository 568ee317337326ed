//! Decides a line afresh by the new policy.
//!
//! A line has what the logged policy looked at. Where the answer depends on something else, it is decided for the most that the request
//! may have had, too. Only where both answers are the same is one told.

use std::rc::Rc;

use policy_core::owned::{Decision, Grant, OwnedOperation, OwnedPolicy, OwnedScheme, OwnedScopeSet, Request};
use policy_core::{Access, AuthenticationFailure, EnablementFailure, Reason, Stage};
use policy_spec::Engine;

use super::grants::{Grants, Reader};
use super::line::{Before, Line};
use super::outcome::{Detail, Outcome, Why};
use super::query::Names;

/// The policy that wrote the log, where somebody names its document.
pub(super) struct Old {
    pub(super) engine: Engine,
    pub(super) fingerprint: String,
}

/// What is told of a line.
pub(super) struct Told {
    pub(super) outcome: Outcome,
    pub(super) detail: Detail,
    /// What was granted, where the answer has to be looked at again when the whole log was read, or its missing scopes are shown.
    pub(super) grants: Option<Rc<Grants>>,
    /// Whether it is denied only if the logged policy knew every scope that the log names nowhere.
    pub(super) is_open: bool,
}

/// Decides by the new policy.
pub(super) struct Decider<'e> {
    engine: &'e Engine,
    fingerprint: &'e str,
    old: Option<&'e Old>,
    /// Of each scheme, every scope of the policy.
    everything: Vec<(OwnedScheme, OwnedScopeSet)>,
}

/// How the new policy decides.
enum Now {
    Allowed,
    Denied(Detail, bool),
    Untold(Why),
}

/// Which policy wrote a line.
#[derive(Clone, Copy)]
enum Writer<'e> {
    /// The new policy itself.
    New,
    /// The one that was named, with its operation.
    Old(&'e Old, Option<OwnedOperation<'e>>),
    Unknown,
}

impl<'e> Decider<'e> {
    pub(super) fn new(engine: &'e Engine, fingerprint: &'e str, old: Option<&'e Old>) -> Self {
        let policy = engine.policy();
        let names: Vec<&str> = policy.scopes().collect();
        let all = |scheme| {
            let granted = policy.granted_by_names(scheme, names.iter().copied(), 0, |_, _| Ok::<_, ()>(false));
            granted.ok().map(|granted| (scheme, granted))
        };
        Self { engine, fingerprint, old, everything: policy.scheme_handles().filter_map(all).collect() }
    }

    pub(super) fn policy(&self) -> &'e OwnedPolicy {
        self.engine.policy()
    }

    /// Decides a line about this operation of the new policy, which has the line's method and template.
    ///
    /// # Errors
    /// The line contradicts its schema, in words.
    pub(super) fn tell(
        &self,
        line: &Line<'_>,
        operation: Option<OwnedOperation<'e>>,
        reader: &mut Reader<'_>,
    ) -> Result<Told, String> {
        let grants = line.granted.map(|granted| reader.read(granted)).transpose()?;
        let now = match (line.operation.is_some(), operation) {
            (false, _) => Now::Untold(Why::NoOperation),
            (true, None) => Now::Untold(Why::UnknownOperation),
            // A method that the path does not serve, where another operation's method stands in the line.
            _ if matches!(line.reason.as_deref(), Some("not_found" | "method_not_allowed")) => {
                Now::Untold(Why::NoOperation)
            }
            (true, Some(operation)) => self.now(line, operation, grants.as_deref())?,
        };
        // What has no handler has passed every check.
        let was_allowed = line.before == Before::Allowed || line.reason.as_deref() == Some("operation_pending");
        let (outcome, detail, is_open) = match now {
            Now::Untold(why) => (Outcome::CannotTell, Detail::Why(why), false),
            Now::Allowed if was_allowed => (Outcome::Unchanged, Detail::Allowed, false),
            Now::Allowed => (Outcome::NewlyAllowed, before(line), false),
            Now::Denied(detail, is_open) if was_allowed => (Outcome::NewlyDenied, detail, is_open),
            Now::Denied(_, is_open) if line.before == Before::Shadowed => {
                (Outcome::Unchanged, Detail::Shadowed, is_open)
            }
            Now::Denied(_, is_open) => (Outcome::Unchanged, Detail::Refused, is_open),
        };
        let is_shown = is_open || outcome == Outcome::NewlyDenied;
        Ok(Told { outcome, detail, grants: grants.filter(|_| is_shown), is_open })
    }

    fn now(&self, line: &Line<'_>, operation: OwnedOperation<'e>, grants: Option<&Grants>) -> Result<Now, String> {
        let writer = self.writer(line);
        let Some(grants) = grants else { return Ok(Now::Untold(Why::Granted)) };
        let granted = grants.caller();
        let caller = match authentication_failure(line.reason.as_deref()) {
            None => Ok(granted.as_deref()),
            Some(AuthenticationFailure::Missing) => Ok(None),
            Some(failure) => Err(failure),
        };
        if caller.is_err() && operation.access() == Access::Optional && !matches!(writer, Writer::New) {
            return Ok(Now::Untold(Why::Credential));
        }
        if line.reason.as_deref().is_some_and(|reason| !is_known(reason)) {
            return Ok(Now::Untold(Why::Reason));
        }
        let Some(names) = Names::read(line)? else { return Ok(Now::Untold(Why::QueryNames)) };
        let enabled = enabled(line)?;
        let request = Request { caller, enabled: enabled.unwrap_or(Ok(true)), query: names.known() };
        let decision = operation.decide(&request);
        let Some((stage, reason)) = decision.denial() else {
            // What is not known may still refuse the request.
            if enabled.is_none() && !operation.decide(&Request { enabled: Ok(false), ..request }).is_allowed() {
                return Ok(Now::Untold(Why::Enablement));
            }
            let said = self.engine.served().operations.get(operation.index());
            let takes_any = said.is_some_and(|said| said.query.takes_any());
            return Ok(if names.are_enough(takes_any) { Now::Allowed } else { Now::Untold(Why::QueryNames) });
        };
        let denied = |is_open| Ok(Now::Denied(Detail::reason(&reason), is_open));
        let depends_on_grants = matches!(stage, Stage::Authentication | Stage::Scopes) && caller.is_ok();
        if !depends_on_grants || matches!(writer, Writer::New) {
            return denied(false);
        }
        let is_met =
            |grants: &[Grant<'_>]| operation.decide(&Request { caller: Ok(Some(grants)), ..request }).is_allowed();
        let unseen = self.unseen(line, grants, writer);
        let mut most: Vec<Grant<'_>> = granted.clone().unwrap_or_default();
        most.extend(unseen.iter().map(|(scheme, scopes)| scheme.grant(scopes)));
        if !unseen.is_empty() && is_met(&most) {
            return Ok(Now::Untold(Why::Scheme));
        }
        // The scopes that the schemes of the line may have granted besides.
        let unknown: Vec<(OwnedScheme, OwnedScopeSet)> = self.unknown_scopes(grants, |scope| match writer {
            Writer::Old(old, _) => !old.engine.policy().knows_scope(scope),
            _ => true,
        });
        most.extend(unknown.iter().map(|(scheme, scopes)| scheme.grant(scopes)));
        match (is_met(&most), writer) {
            (false, _) => denied(false),
            (true, Writer::Old(..)) => Ok(Now::Untold(Why::Scope)),
            // Told when the whole log was read: whoever wrote it knew the scopes that it names.
            (true, _) => denied(true),
        }
    }

    /// Of the schemes of the line, the scopes of the policy for which this is true.
    fn unknown_scopes(&self, grants: &Grants, is_unknown: impl Fn(&str) -> bool) -> Vec<(OwnedScheme, OwnedScopeSet)> {
        let own = self.everything.iter().filter(|(scheme, _)| grants.has(*scheme));
        let kept = own.map(|(scheme, scopes)| {
            let mut scopes = scopes.clone();
            self.policy().retain(&mut scopes, &is_unknown);
            (*scheme, scopes)
        });
        kept.collect()
    }

    /// Whether a caller with these grants would be let in, had it all scopes that the log names nowhere. For lines that are open.
    pub(super) fn may_pass(&self, operation: OwnedOperation<'_>, grants: &Grants, reader: &Reader<'_>) -> bool {
        let unknown = self.unknown_scopes(grants, |scope| !reader.names(scope));
        let mut most = grants.caller().unwrap_or_default();
        most.extend(unknown.iter().map(|(scheme, scopes)| scheme.grant(scopes)));
        operation.decide(&Request { caller: Ok(Some(&most)), enabled: Ok(true), query: None }).is_allowed()
    }

    /// The scopes that such a caller lacks.
    pub(super) fn missing(&self, operation: OwnedOperation<'e>, grants: &Grants) -> Vec<&'e str> {
        let caller = grants.caller();
        let decision: Decision<'e, '_> =
            operation.decide(&Request { caller: Ok(caller.as_deref()), enabled: Ok(true), query: None });
        let mut missing: Vec<&str> = decision.missing().collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    fn writer(&self, line: &Line<'_>) -> Writer<'e> {
        if *line.fingerprint == *self.fingerprint {
            return Writer::New;
        }
        let Some(old) = self.old.filter(|old| *old.fingerprint == *line.fingerprint) else { return Writer::Unknown };
        let operation = line.operation.as_ref().and_then(|(method, route)| {
            let is_it = |one: &OwnedOperation<'_>| one.method() == &**method && one.template() == &**route;
            old.engine.policy().operations().find(is_it)
        });
        Writer::Old(old, operation)
    }

    /// The schemes of which the request may have had a credential that nothing looked at, with all that it may have granted.
    fn unseen(&self, line: &Line<'_>, grants: &Grants, writer: Writer<'e>) -> Vec<&(OwnedScheme, OwnedScopeSet)> {
        // Where no scheme of the operation finds the caller, those of the whole document are asked.
        let asked_all = matches!(line.reason.as_deref(), Some("missing_credential" | "scheme_not_satisfied"));
        let was_looked_at = |scheme: OwnedScheme| {
            let name = self.policy().scheme_name(scheme);
            match writer {
                Writer::New => true,
                Writer::Unknown => asked_all && !grants.has_unknown,
                Writer::Old(old, operation) => match (old.engine.policy().scheme(name), operation) {
                    (None, _) | (_, None) => false,
                    (Some(scheme), Some(operation)) => {
                        asked_all || operation.accepts_any_scheme() || operation.schemes().any(|own| own == scheme)
                    }
                },
            }
        };
        self.everything.iter().filter(|(scheme, _)| !grants.has(*scheme) && !was_looked_at(*scheme)).collect()
    }
}

/// Why the logged policy refused.
fn before(line: &Line<'_>) -> Detail {
    let place = |reason: &str| Reason::CODES.iter().position(|(code, _)| *code == reason);
    let index = line.reason.as_deref().and_then(place).and_then(|index| u8::try_from(index).ok());
    Detail::Reason(index.unwrap_or(u8::MAX))
}

fn is_known(reason: &str) -> bool {
    Reason::CODES.iter().any(|(code, _)| *code == reason)
}

/// What was wrong with the credential, by the code of the refusal.
fn authentication_failure(reason: Option<&str>) -> Option<AuthenticationFailure> {
    Some(match reason? {
        "missing_credential" => AuthenticationFailure::Missing,
        "malformed_credential" => AuthenticationFailure::Malformed,
        "multiple_credentials" => AuthenticationFailure::Multiple,
        "invalid_credential" => AuthenticationFailure::Invalid,
        "expired_credential" => AuthenticationFailure::Expired,
        "revoked_credential" => AuthenticationFailure::Revoked,
        "inactive_credential" => AuthenticationFailure::Inactive,
        "authentication_unavailable" => AuthenticationFailure::Unavailable,
        _ => return None,
    })
}

/// What enablement answered. `None` where it was not asked, or not logged.
fn enabled(line: &Line<'_>) -> Result<Option<Result<bool, EnablementFailure>>, String> {
    Ok(Some(match line.enablement.as_deref() {
        None | Some("not_asked") => return Ok(None),
        Some("enabled") => Ok(true),
        Some("not_enabled") => Ok(false),
        Some("no_organization") => Err(EnablementFailure::NoOrganization),
        Some("organization_inactive") => Err(EnablementFailure::OrganizationInactive),
        Some("enablement_unavailable") => Err(EnablementFailure::Unavailable),
        Some(_) => return Err("its `enablement` is not one that this version has".to_owned()),
    }))
}
