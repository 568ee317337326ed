//! Every requirement by its number, and two policies with an operation for each of the first [`TYPED`]. The two share their
//! tables, which constant functions write, and differ in the order of checks.

use policy_core::__private::{PackedOperations, PackedParts, PackedRule, PolicyParts, ScopeTable, TextColumn, phf};
use policy_core::{
    Access, Document, PolicyDefinition, QueryAllowList, SchemeDefinition, SchemeKind, ScopeDefinition, ScopeSet, order,
};

use crate::rules::{Alternative, Grants};

/// `{}`, and five forms of each scheme: not named, or one of four sets of scopes.
const PLAIN: usize = 1 + 5 * 5;
/// The same with each of four sets of scopes of the extension.
const ALTERNATIVES: usize = 1 + 5 * 5 * 4;
/// How many requirements there are: with no alternative, with one, and with two in either order.
pub const COUNT: usize = 1 + ALTERNATIVES + ALTERNATIVES * ALTERNATIVES;
/// How many stand in the tables: a compiler takes long for more. What they leave out is an extension beside another alternative.
pub const TYPED: usize = 1 + ALTERNATIVES + PLAIN * PLAIN;
/// The longest requirement: two schemes, and twice two schemes with two scopes and two more of the extension.
const LONGEST: usize = 3 + 2 * (2 + 2 * 4 + 2);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EnablementFirst {}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScopesFirst {}

impl Document for EnablementFirst {
    type Words = [u64; 1];
    type OperationWords = [u64; TYPED.div_ceil(64)];
    type Grants = [Option<ScopeSet<Self>>; 2];
    type Order = order::EnablementFirst;
    const DEFINITION: &'static PolicyDefinition = &DEFINITION;
}

impl Document for ScopesFirst {
    type Words = [u64; 1];
    type OperationWords = [u64; TYPED.div_ceil(64)];
    type Grants = [Option<ScopeSet<Self>>; 2];
    type Order = order::ScopesFirst;
    const DEFINITION: &'static PolicyDefinition = &DEFINITION;
}

static DEFINITION: PolicyDefinition = PolicyDefinition::packed(
    PolicyParts {
        title: "Every requirement",
        version: "1",
        source: "",
        base_path: "",
        fingerprint: "",
        scopes: ScopeTable::rows(&SCOPES),
        scope_index: &[],
        schemes: &SCHEMES,
        operations: &[],
        webhooks: &[],
        index: &phf::Map { key: 0, disps: &[], entries: &[] },
    },
    PackedOperations::new(PackedParts {
        text: "",
        templates: &[0; TYPED],
        steps: &[],
        lengths: &[0; TYPED],
        methods: &[0; TYPED],
        method_names: &["GET"],
        requirements: &PLACES,
        rules: &TABLES.rules,
        requirement_words: &TABLES.words,
        queries: &[],
        query_lists: &[QueryAllowList::new(&[], &[], false)],
        sorted: &[],
        operation_ids: TextColumn::NONE,
        type_names: TextColumn::NONE,
        summaries: TextColumn::NONE,
        locations: TextColumn::NONE,
    }),
);

static SCOPES: [ScopeDefinition; 2] = [ScopeDefinition::new("a", None, true), ScopeDefinition::new("b", None, true)];

static SCHEMES: [SchemeDefinition; 2] =
    [SchemeDefinition::new("one", SchemeKind::OAuth2), SchemeDefinition::new("two", SchemeKind::OAuth2)];

static PLACES: [u16; TYPED] = {
    let mut places = [0; TYPED];
    let mut place = 0;
    while place < TYPED {
        places[place] = place as u16;
        place += 1;
    }
    places
};

static TABLES: Tables = Tables::new();

struct Tables {
    rules: [PackedRule; TYPED],
    words: [u16; TYPED * LONGEST],
    length: usize,
}

impl Tables {
    const fn new() -> Self {
        let rule = PackedRule::new(0, 0, Access::Public);
        let mut tables = Self { rules: [rule; TYPED], words: [0; TYPED * LONGEST], length: 0 };
        let mut place = 0;
        while place < TYPED {
            let begin = tables.length;
            let access = tables.requirement(pair(place));
            tables.rules[place] = PackedRule::new(begin as u32, (tables.length - begin) as u16, access);
            place += 1;
        }
        tables
    }

    const fn push(&mut self, word: u16) {
        self.words[self.length] = word;
        self.length += 1;
    }

    /// As `policy_core::__private::requirement_words` writes it, which allocates; the table is checked when it is compiled.
    const fn requirement(&mut self, alternatives: [Option<Alternative>; 2]) -> Access {
        let (mut named, mut any, mut access) = ([false; 2], false, Access::Public);
        let mut at = 0;
        while at < 2 {
            match alternatives[at] {
                Some(Alternative::Anonymous) => access = Access::Optional,
                Some(Alternative::Named { schemes: [one, two], .. }) => {
                    named = [named[0] || one.is_some(), named[1] || two.is_some()];
                    any |= one.is_none() && two.is_none();
                    if matches!(access, Access::Public) {
                        access = Access::Required;
                    }
                }
                None => {}
            }
            at += 1;
        }
        if matches!(access, Access::Public) {
            return access;
        }
        self.push(named[0] as u16 + named[1] as u16 + if any { 1 << 15 } else { 0 });
        let mut scheme = 0;
        while scheme < 2 {
            if named[scheme] {
                self.push(scheme as u16);
            }
            scheme += 1;
        }
        at = 0;
        while at < 2 {
            match alternatives[at] {
                Some(Alternative::Anonymous) => {
                    self.push(u16::MAX);
                    self.push(0);
                }
                Some(Alternative::Named { schemes, extension }) => self.named(schemes, extension),
                None => {}
            }
            at += 1;
        }
        access
    }

    const fn named(&mut self, schemes: Grants, extension: u8) {
        let header = self.length;
        self.push(0);
        self.push(extension.count_ones() as u16);
        let mut scheme = 0;
        while scheme < 2 {
            if let Some(scopes) = schemes[scheme] {
                self.push(scheme as u16);
                self.push(scopes.count_ones() as u16);
                self.scopes(scopes);
            }
            scheme += 1;
        }
        self.words[header] = (self.length - header - 2) as u16;
        self.scopes(extension);
    }

    const fn scopes(&mut self, bits: u8) {
        if bits & 1 != 0 {
            self.push(0);
        }
        if bits & 2 != 0 {
            self.push(1);
        }
    }
}

const fn scheme(form: usize) -> Option<u8> {
    if form == 0 { None } else { Some(form as u8 - 1) }
}

/// Those without an extension come first.
const fn alternative(number: usize) -> Alternative {
    if number == 0 {
        return Alternative::Anonymous;
    }
    let form = number - 1;
    Alternative::Named { schemes: [scheme(form % 5), scheme(form / 5 % 5)], extension: (form / 25) as u8 }
}

/// The requirement with this number: pairs are counted in growing squares, so that those of the first alternatives come first.
const fn pair(place: usize) -> [Option<Alternative>; 2] {
    if place == 0 {
        return [None, None];
    }
    if place <= ALTERNATIVES {
        return [Some(alternative(place - 1)), None];
    }
    let both = place - 1 - ALTERNATIVES;
    let (side, rest) = (both.isqrt(), both - both.isqrt() * both.isqrt());
    let (first, second) = if rest < side { (rest, side) } else { (side, rest - side) };
    [Some(alternative(first)), Some(alternative(second))]
}

/// The alternatives of the requirement with this number.
pub fn alternatives(place: usize) -> Vec<Alternative> {
    pair(place).into_iter().flatten().collect()
}
