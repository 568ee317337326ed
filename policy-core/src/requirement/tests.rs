use alloc::vec;
use alloc::vec::Vec;

use super::words::ANONYMOUS;
use super::*;
use crate::owned::AlternativeFacts;

#[test]
fn what_is_written_is_what_is_read() {
    let parts = [
        AlternativeFacts::Anonymous,
        AlternativeFacts::Credentials { schemes: vec![], extension: vec![7] },
        AlternativeFacts::Credentials { schemes: vec![(0, vec![1, 2]), (3, vec![])], extension: vec![4, 5] },
    ];
    let written = words(&parts).unwrap_or_default();
    let requirement = Requirement::from_words(&written);
    let read: Vec<AlternativeFacts<u16>> = requirement
        .alternatives()
        .map(|one| {
            let schemes = one.schemes().map(|scheme| (scheme.scheme, scheme.scopes.to_vec())).collect();
            let named = AlternativeFacts::Credentials { schemes, extension: one.extension().to_vec() };
            if one.is_anonymous() { AlternativeFacts::Anonymous } else { named }
        })
        .collect();
    assert_eq!(read, parts);
    assert_eq!(requirement.alternative(1).map(|one| one.requires(7)), Some(true));
    assert_eq!(requirement.alternative(3), None);
    assert_eq!(requirement.schemes(), [0, 3]);
    assert!(requirement.accepts_any_scheme());
    assert!(requirement.alternatives().all(|one| one.sole_scheme().is_none()));
    let sole = words(&[AlternativeFacts::Credentials { schemes: vec![(3, vec![1])], extension: vec![4, 5] }]);
    let sole = sole.unwrap_or_default();
    let sole = Requirement::from_words(&sole);
    let expected = Some(SchemeRequirement { scheme: 3, scopes: &[1, 4, 5][..] });
    assert_eq!(sole.alternative(0).and_then(Alternative::sole_scheme), expected);
    assert_eq!(sole.sole(), expected);
    assert_eq!(requirement.sole(), None);
    for more in [
        vec![
            AlternativeFacts::Credentials { schemes: vec![(3, vec![1])], extension: vec![4] },
            AlternativeFacts::Anonymous,
        ],
        vec![AlternativeFacts::Credentials { schemes: vec![(3, vec![1]), (3, vec![2])], extension: vec![] }],
        vec![AlternativeFacts::Credentials { schemes: vec![(3, vec![])], extension: vec![] }; 2],
        vec![AlternativeFacts::Credentials { schemes: vec![], extension: vec![1, 2] }],
        vec![AlternativeFacts::Anonymous],
        vec![],
    ] {
        let written = words(&more).unwrap_or_default();
        assert_eq!(Requirement::from_words(&written).sole(), None, "{more:?}");
    }
}

#[test]
fn words_that_end_too_early_are_no_requirement() {
    let parts = [AlternativeFacts::Credentials { schemes: vec![(0, vec![1, 2]), (3, vec![9])], extension: vec![4] }];
    let written = words(&parts).unwrap_or_default();
    assert!(is_well_formed(&written) && is_well_formed(&[]));
    for length in 1..written.len() {
        assert!(!is_well_formed(written.get(..length).unwrap_or_default()), "{length}");
    }
    for wrong in [
        &[0, ANONYMOUS, 1, 0][..],
        &[0, 1, 0, 0],
        // A scheme that is not in the list, none in any, a list that is cut short.
        &[1, 1, 2, 0, 0, 0],
        &[ANY_SCHEME | 1, 0, 2, 0, 0, 0],
        &[0, 0, 1, 5],
        &[2, 0],
        &[0],
    ] {
        assert!(!is_well_formed(wrong), "{wrong:?}");
    }
}

#[test]
fn what_does_not_fit_is_not_written() {
    let fits = |alternatives: Vec<AlternativeFacts<u16>>| match words(&alternatives) {
        Some(words) => is_well_formed(&words).then_some(true),
        None => Some(false),
    };
    // The length of an anonymous alternative's schemes stands for no length.
    let scopes = |count| vec![AlternativeFacts::of(0_u16, vec![1_u16; count])];
    assert_eq!([65_532, 65_533].map(|count| fits(scopes(count))), [Some(true), Some(false)]);
    // The highest bit of the number of schemes stands for something else.
    let named = |schemes: core::ops::Range<u16>| AlternativeFacts::Credentials {
        schemes: schemes.map(|scheme| (scheme, vec![])).collect(),
        extension: vec![],
    };
    let schemes = |count| vec![named(0..16_384), named(16_384..count)];
    assert_eq!([32_767, 32_768].map(|count| fits(schemes(count))), [Some(true), Some(false)]);
    let scopes = vec![0; usize::from(u16::MAX) + 1];
    assert_eq!(words(&[AlternativeFacts::Credentials { schemes: vec![(0, scopes.clone())], extension: vec![] }]), None);
    assert_eq!(words(&[AlternativeFacts::Credentials { schemes: vec![], extension: scopes }]), None);
}
