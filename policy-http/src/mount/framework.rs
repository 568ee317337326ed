//! What an adapter says of its framework's router.

use super::template;

/// A web framework, as the check at start sees it. Implemented by a type without values, one for each adapter.
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

    /// Templates that the framework's router cannot hold beside the others, each with what is in the way. The templates
    /// are distinct and served exactly one by one.
    ///
    /// By default two templates that differ in the names of parameters alone: they are one route with two parts, of which
    /// a router would see the first only.
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
