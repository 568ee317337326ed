//! `[levels]` and `[[waivers]]`: how serious a finding is, and which ones are lived with for a time.

use toml::de::DeTable;

use super::reader::{Range, Reader, Value};
use crate::code::Code;
use crate::finding::Level;
use crate::likely::likely;
use crate::settings::{Lint, Settings, Waiver};

impl Reader {
    pub(super) fn levels(&mut self, value: &Value<'_>, settings: &mut Settings) {
        let Some(table) = value.get_ref().as_table() else {
            self.error(value.span(), "`levels` is no table", "write `code = \"warning\"` below `[levels]`");
            return;
        };
        let known = [
            ("allow", Lint::Allow),
            ("note", Lint::Level(Level::Note)),
            ("warning", Lint::Level(Level::Warning)),
            ("error", Lint::Level(Level::Error)),
        ];
        for (key, value) in table {
            let Some(code) = self.code(key.get_ref(), key.span()) else { continue };
            if code.is_fixed() {
                let help = "without what such a finding is about, the policy would not be the document's";
                self.error(key.span(), format!("the level of `{code}` is fixed"), help);
            } else if let Some(lint) = self.word(value, "level", &known) {
                settings.levels.insert(code, lint);
            }
        }
    }

    pub(super) fn waiver(&mut self, table: &DeTable<'_>, range: Range) -> Option<Waiver> {
        const KEYS: [&str; 4] = ["code", "location", "reason", "expires"];
        for (key, _) in table {
            if !KEYS.contains(&key.get_ref().as_ref()) {
                self.unknown(key.span(), "key of a waiver", key.get_ref(), &KEYS);
            }
        }
        let [code, location, reason, expires] = KEYS.map(|key| {
            let found = table.get(key);
            if found.is_none() {
                self.error(
                    range.clone(),
                    format!("the waiver has no `{key}`"),
                    "a waiver says `code`, `location`, `reason` and `expires`",
                );
            }
            found
        });
        let (code, location, reason, expires) = (code?, location?, reason?, expires?);
        let code = self.string(code).map(str::to_owned).and_then(|text| self.code(&text, code.span()));
        let location = self.string(location)?.to_owned();
        let said = self.string(reason)?.trim().to_owned();
        if said.is_empty() {
            self.error(reason.span(), "the waiver gives no reason", "say why the finding can be lived with");
        }
        let date = self.day(expires)?;
        Some(Waiver { origin: Some(self.origin(range)), ..Waiver::new(code?, location, said, date) })
    }

    fn code(&mut self, text: &str, range: Range) -> Option<Code> {
        let code = Code::from_text(text);
        if code.is_none() {
            let known: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
            let near = likely(text, known.iter().copied());
            let help = near.map_or_else(
                || "the codes are listed in the documentation of findings".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            self.error(range, format!("there is no code `{}`", text.escape_debug()), &help);
        }
        code
    }
}
