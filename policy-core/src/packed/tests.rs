//! Columns say the same of each operation as the rows that they were made of, and numbers that lead nowhere deny.

extern crate std;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use std::panic::catch_unwind;

use super::*;

/// More than one word of `steps`, and a last block that is not full.
const GROUPS: usize = 27;
const NOBODY_ELSE: &[u16] = &[1, 0, 2, 0, 0, 0];

fn column<T>(values: impl IntoIterator<Item = T>) -> &'static [T] {
    values.into_iter().collect::<Vec<_>>().leak()
}

fn texts(texts: impl IntoIterator<Item = String>) -> TextColumn {
    let (mut all, mut ends) = (String::new(), Vec::new());
    for text in texts {
        all.push_str(&text);
        ends.push(u32::try_from(all.len()).unwrap_or_default());
    }
    TextColumn::new(all.leak(), ends.leak())
}

/// Method and template of each operation, sorted by template and method. Many templates begin the next one.
fn rows() -> Vec<(&'static str, String)> {
    let group = |at| {
        let base = format!("/group{at:02}");
        [("GET", ""), ("POST", ""), ("DELETE", "/{id}"), ("GET", "/{id}"), ("GET", "/{id}/part"), ("GET", "/{id}/tree")]
            .map(|(method, rest)| (method, format!("{base}{rest}")))
    };
    (0..GROUPS).flat_map(group).collect()
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Layout {
    Steps,
    EachBegin,
    /// In another order than that of the templates.
    Shuffled,
}

/// The rows in the order in which they stand.
fn placed(layout: Layout) -> Vec<(&'static str, String)> {
    let mut rows = rows();
    if layout == Layout::Shuffled {
        rows.reverse();
    }
    rows
}

fn parts(layout: Layout) -> PackedParts {
    let rows = placed(layout);
    let (mut text, mut begins, mut steps) = (String::new(), Vec::new(), alloc::vec![0_u64; rows.len().div_ceil(64)]);
    let mut begin = 0;
    for (at, (_, template)) in rows.iter().enumerate() {
        begins.push(u32::try_from(begin).unwrap_or_default());
        let begins_next = rows.get(at + 1).is_some_and(|(_, next)| next.starts_with(template.as_str()));
        if !begins_next {
            text.push_str(template);
            begin += template.len();
            steps.iter_mut().skip(at / 64).take(1).for_each(|word| *word |= 1 << (at % 64));
        }
    }
    let in_steps = layout == Layout::Steps;
    let count = u16::try_from(rows.len()).unwrap_or_default();
    PackedParts {
        text: text.leak(),
        templates: if in_steps { column(begins.into_iter().step_by(BLOCK)) } else { begins.leak() },
        steps: if in_steps { steps.leak() } else { &[] },
        lengths: column(rows.iter().map(|(_, template)| u16::try_from(template.len()).unwrap_or_default())),
        methods: column(rows.iter().map(|(method, _)| match *method {
            "DELETE" => 0,
            "GET" => 1,
            _ => 2,
        })),
        method_names: &["DELETE", "GET", "POST"],
        requirements: column((0..count).map(|at| at % 3)),
        rules: column([
            PackedRule::new(0, 0, Access::Public),
            PackedRule::new(0, 6, Access::Required),
            PackedRule::new(6, 3, Access::Optional),
        ]),
        requirement_words: column(NOBODY_ELSE.iter().copied().chain([0, u16::MAX, 0])),
        queries: column((0..count).map(|at| at % 2)),
        query_lists: column([QueryAllowList::NONE, QueryAllowList::new(&["page"], &[], false)]),
        sorted: if layout == Layout::Shuffled { column((0..count).rev()) } else { &[] },
        operation_ids: texts((0..count).map(|at| if at % 2 == 0 { String::new() } else { format!("id{at}") })),
        type_names: texts((0..count).map(|at| format!("Type{at}"))),
        summaries: TextColumn::NONE,
        locations: texts((0..count).map(|at| format!("api.yaml:{at}:1"))),
    }
}

#[test]
fn columns_say_what_the_rows_said() {
    for layout in [Layout::Steps, Layout::EachBegin, Layout::Shuffled] {
        let columns = PackedOperations::new(parts(layout));
        let rows = placed(layout);
        assert_eq!(columns.len(), rows.len());
        for (at, (method, template)) in rows.iter().enumerate() {
            let operation = columns.operation(at).unwrap_or(OperationDefinition::NOWHERE);
            assert_eq!((operation.method(), operation.template()), (*method, template.as_str()), "{at} {layout:?}");
            assert_eq!(operation.type_name(), format!("Type{at}"));
            assert_eq!(operation.location(), format!("api.yaml:{at}:1"));
            assert_eq!(operation.summary(), None);
            assert_eq!(operation.operation_id(), (at % 2 == 1).then(|| format!("id{at}")).as_deref());
            let page: &[&str] = if at % 2 == 0 { &[] } else { &["page"] };
            assert_eq!(operation.query().names(), page);
            assert_eq!(columns.query(at).names(), page);
            let access = [Access::Public, Access::Required, Access::Optional].into_iter().cycle().nth(at);
            assert_eq!(Some(operation.access()), access);
            let rule = columns.rule(at);
            assert_eq!((Some(rule.access), rule.requirement), (access, operation.requirement()));
            assert_eq!(rule.requirement.alternatives().count(), usize::from(at % 3 > 0), "{at}");
            assert_eq!(columns.find(method, template).map(|found| found as usize), Some(at), "{layout:?}");
        }
        assert!(columns.operation(rows.len()).is_none());
    }
}

#[test]
fn nothing_but_the_exact_method_and_template_is_found() {
    for layout in [Layout::Steps, Layout::EachBegin, Layout::Shuffled] {
        let columns = PackedOperations::new(parts(layout));
        for (method, template) in rows() {
            for other in [
                (method, format!("{template}/")),
                (method, format!("{template}~")),
                (method, template.trim_end_matches('}').trim_end_matches('0').into()),
                ("", template.clone()),
                ("PUT", template.clone()),
                ("ZAP", template.clone()),
            ] {
                let is_row = rows().iter().any(|(method, template)| (*method, template) == (other.0, &other.1));
                assert_eq!(columns.find(other.0, &other.1).is_some(), is_row, "{other:?} {layout:?}");
            }
        }
        assert_eq!(columns.find("GET", ""), None);
    }
}

/// Where no column says which query an operation has, all have the first.
#[test]
fn an_empty_column_of_queries_is_the_first_list_for_all() {
    let lists = column([QueryAllowList::new(&["page"], &[], false)]);
    let columns = PackedOperations::new(PackedParts { queries: &[], query_lists: lists, ..parts(Layout::Steps) });
    assert!((0..columns.len()).all(|at| columns.query(at).names() == ["page"]));
}

/// Invariant *closed*: numbers that lead nowhere require what nobody can meet, and accept no query parameter.
#[test]
fn what_is_out_of_place_is_denied() {
    let count = rows().len();
    let columns = PackedOperations::new(PackedParts {
        requirements: column((0..count).map(|_| 9)),
        queries: column((0..count).map(|_| 9)),
        methods: column((0..count).map(|_| 9)),
        ..parts(Layout::Steps)
    });
    for index in [0, count - 1, count, usize::MAX / 2] {
        let rule = columns.rule(index);
        assert!(rule.access == Access::Required && rule.requirement.is_empty(), "{index}");
        let query = columns.query(index);
        assert!(query.names().is_empty() && query.prefixes().is_empty() && !query.any(), "{index}");
        assert!(columns.operation(index).is_none_or(|one| one.method().is_empty()), "{index}");
    }
    assert_eq!(columns.find("GET", "/group00"), None);
}

fn is_refused(change: impl FnOnce(&mut PackedParts) + std::panic::UnwindSafe, layout: Layout) -> bool {
    catch_unwind(|| {
        let mut parts = parts(layout);
        change(&mut parts);
        let _ = PackedOperations::new(parts);
    })
    .is_err()
}

#[test]
fn columns_of_different_lengths_are_no_table() {
    fn shorter<T>(column: &mut &'static [T]) {
        *column = column.split_last().map_or(&[], |(_, rest)| rest);
    }
    for layout in [Layout::Steps, Layout::EachBegin, Layout::Shuffled] {
        assert!(!is_refused(|_| {}, layout), "{layout:?}");
        assert!(is_refused(|parts| shorter(&mut parts.templates), layout), "{layout:?}");
        assert!(is_refused(|parts| shorter(&mut parts.lengths), layout), "{layout:?}");
        assert!(is_refused(|parts| shorter(&mut parts.methods), layout), "{layout:?}");
        assert!(is_refused(|parts| shorter(&mut parts.requirements), layout), "{layout:?}");
        assert!(is_refused(|parts| shorter(&mut parts.queries), layout), "{layout:?}");
    }
    assert!(is_refused(|parts| shorter(&mut parts.steps), Layout::Steps));
    assert!(is_refused(|parts| shorter(&mut parts.sorted), Layout::Shuffled));
    assert!(is_refused(|parts| parts.steps = &[0, 0, 0], Layout::EachBegin));
}

#[test]
fn a_rule_whose_requirement_and_access_differ_is_no_table() {
    let rule = |begin, length, access| {
        is_refused(|parts| parts.rules = column([PackedRule::new(begin, length, access)]), Layout::Steps)
    };
    assert!(!rule(0, 6, Access::Required) && !rule(6, 3, Access::Optional) && !rule(0, 0, Access::Public));
    // Nothing is required, and not everybody let in; something is required, and everybody let in.
    assert!(rule(0, 0, Access::Required) && rule(0, 0, Access::Optional) && rule(0, 6, Access::Public));
    // Words that end too early, and words that are not there.
    assert!(rule(0, 5, Access::Required) && rule(0, 99, Access::Required) && rule(99, 6, Access::Required));
}
