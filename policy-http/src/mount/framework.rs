//! What an adapter has to say about its framework's router.

use super::template;

/// A web framework, for the check at start. Each adapter implements it for a type without values.
pub trait Framework {
    /// Its name, for messages.
    const NAME: &'static str;

    /// Why the framework cannot serve a template exactly. The text ends the sentence "… cannot serve this template,
    /// because …".
    ///
    /// By default a parameter must be a whole segment, and everything else a plain one ([`template::refusal`]).
    #[must_use]
    fn refusal(template: &str) -> Option<&'static str> {
        template::refusal(template)
    }

    /// Templates that the framework's router cannot hold together with others, each with the reason. The given templates are distinct,
    /// and each of them alone can be served exactly.
    ///
    /// By default these are templates that differ only in the names of parameters. A router takes them for one route, and would use
    /// the first only.
    #[must_use]
    fn conflicts(templates: &[&str]) -> Vec<(String, String)> {
        let same = |at: usize, template: &str| {
            templates.iter().take(at).find(|earlier| template::equal_but_for_names(earlier, template)).copied()
        };
        let conflicts = templates.iter().enumerate().filter_map(|(at, template)| {
            let because = format!("it differs from `{}` in the names of parameters alone", same(at, template)?);
            Some(((*template).to_owned(), because))
        });
        conflicts.collect()
    }
}
