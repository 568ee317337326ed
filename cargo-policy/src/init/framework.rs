//! The web frameworks that have an adapter.

use clap::ValueEnum;

/// A web framework.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Framework {
    /// axum 0.8.
    Axum,
    /// actix-web 4.
    ActixWeb,
    /// poem 3.
    Poem,
    /// rocket 0.5.
    Rocket,
    /// salvo 1.
    Salvo,
    /// hyper 1, without a framework.
    Hyper,
}

impl Framework {
    pub(super) const ALL: [Self; 6] = [Self::Axum, Self::ActixWeb, Self::Poem, Self::Rocket, Self::Salvo, Self::Hyper];

    /// Its name on crates.io.
    pub(super) fn package(self) -> &'static str {
        match self {
            Self::Axum => "axum",
            Self::ActixWeb => "actix-web",
            Self::Poem => "poem",
            Self::Rocket => "rocket",
            Self::Salvo => "salvo",
            Self::Hyper => "hyper",
        }
    }

    /// The version that its adapter is for.
    pub(super) fn version(self) -> &'static str {
        match self {
            Self::Axum => "0.8",
            Self::ActixWeb => "4",
            Self::Poem => "3",
            Self::Rocket => "0.5",
            Self::Salvo | Self::Hyper => "1",
        }
    }

    /// The module of its adapter.
    pub(super) fn adapter(self) -> &'static str {
        match self {
            Self::Axum => "policy_axum",
            Self::ActixWeb => "policy_actix_web",
            Self::Poem => "policy_poem",
            Self::Rocket => "policy_rocket",
            Self::Salvo => "policy_salvo",
            Self::Hyper => "policy_hyper",
        }
    }

    /// Whether handlers, tests and a `main` are written too. For the others there is a guard, in whose list every operation is pending.
    pub(super) fn is_whole(self) -> bool {
        self == Self::Axum
    }
}
