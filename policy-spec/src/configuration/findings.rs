//! `[levels]` and `[[waivers]]`: how serious a finding is, and which ones are lived with for a time.

use toml::de::DeTable;

use super::reader::{self, Range, Reader};
use super::schema::{self, Key, key};
use crate::code::Code;
use crate::finding::Level;
use crate::likely::{did_you_mean, likely};
use crate::settings::{Lint, Settings, Waiver};

const LEVELS: [(&str, Lint); 4] = [
    ("allow", Lint::Allow),
    ("note", Lint::Level(Level::Note)),
    ("warning", Lint::Level(Level::Warning)),
    ("error", Lint::Level(Level::Error)),
];

/// The keys of a waiver.
pub(super) const WAIVER: &[Key] = &[
    key(
        "code",
        "The code of the finding.",
        || schema::json!({ "enum": Code::ALL.iter().map(|code| code.as_str()).collect::<Vec<_>>() }),
    )
    .required(),
    key("location", "An operation, a path, or a JSON pointer into the document.", schema::text).required(),
    key("reason", "Why the finding can be lived with.", schema::said).required(),
    key("expires", "The last day of the waiver.", schema::day).required(),
];

/// `levels`: a level for each code whose level is not fixed.
pub(super) fn levels_schema() -> schema::Value {
    let codes = Code::ALL.iter().filter(|code| !code.is_fixed());
    schema::word_of_each(codes.map(|code| (code.as_str(), code.summary())), &LEVELS)
}

impl Reader {
    pub(super) fn levels(&mut self, value: &reader::Value<'_>, settings: &mut Settings) {
        let help = "write `code = \"warning\"` below `[levels]`";
        let Some(table) = self.table(value, "`levels`", help) else { return };
        for (key, value) in table {
            let Some(code) = self.code(key.get_ref(), key.span()) else { continue };
            if code.is_fixed() {
                let help = "without what such a finding is about, the policy would not be the document's";
                self.error(key.span(), format!("the level of `{code}` is fixed"), help);
            } else if let Some(lint) = self.word(value, "level", &LEVELS) {
                settings.levels.insert(code, lint);
            }
        }
    }

    pub(super) fn waiver(&mut self, table: &DeTable<'_>, range: Range) -> Option<Waiver> {
        const WHAT: &str = "the waiver";
        let help = "a waiver says `code`, `location`, `reason` and `expires`";
        let keys = ["code", "location", "reason", "expires"];
        let [code, location, reason, expires] = self.required((table, &range), (WHAT, WAIVER), keys, help);
        let (code, location, reason, expires) = (code?, location?, reason?, expires?);
        let code = self.string(code).map(str::to_owned).and_then(|text| self.code(&text, code.span()));
        let location = self.string(location)?.to_owned();
        let said = self.reason(reason, WHAT, "say why the finding can be lived with")?;
        let date = self.day(expires)?;
        Some(Waiver { origin: Some(self.origin(range)), ..Waiver::new(code?, location, said, date) })
    }

    fn code(&mut self, text: &str, range: Range) -> Option<Code> {
        let code = Code::from_text(text);
        if code.is_none() {
            let known: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
            let near = likely(text, known.iter().copied());
            let help = did_you_mean(near, "the codes are listed in the documentation of findings");
            self.error(range, format!("there is no code `{}`", text.escape_debug()), &help);
        }
        code
    }
}
