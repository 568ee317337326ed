//! Budgets for what a document may cost.

/// Budgets. Real documents stay far below them. A document beyond one of them is refused, and the finding names the budget.
///
/// ```
/// let settings = policy_spec::Settings::default().with(|settings| settings.limits.bytes = 10);
/// let loaded = policy_spec::read("notes.yaml", b"openapi: 3.1.0\n", &settings);
/// assert_eq!(loaded.findings[0].code.as_str(), "too-large");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The most bytes that the document's files may have together. Default: 64 MiB.
    pub bytes: usize,
    /// The deepest nesting, with aliases expanded. Default: 200.
    pub depth: usize,
    /// How many values aliases and merge keys may add. Default: 1,048,576.
    pub alias_values: usize,
    /// How many references may be followed. Default: 1,048,576.
    pub references: usize,
    /// How many values overlays may look at, copy and write. Default: 8,388,608.
    pub overlay_values: usize,
    /// How many alternatives one operation may have. Default: 1,000.
    pub alternatives: usize,
    /// How many values may go into the model: keys of path items and operations, parameters, alternatives, schemes and
    /// scopes. A value that is referred to or inherited counts each time. Default: 2,097,152.
    pub model_values: usize,
    /// How many pairs of templates may be compared. Default: 4,194,304.
    pub comparisons: usize,
    /// How many findings are reported. Default: 50,000.
    pub findings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            depth: 200,
            alias_values: 1 << 20,
            references: 1 << 20,
            overlay_values: 1 << 23,
            alternatives: 1_000,
            model_values: 1 << 21,
            comparisons: 1 << 22,
            findings: 50_000,
        }
    }
}
