//! A JSON object whose members are not known beforehand.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

/// The members of an object. A repeated one is an error, since nobody could tell which one counts.
#[derive(Debug)]
pub(crate) struct Members(pub(crate) HashMap<String, Value>);

#[cfg(any(feature = "introspection", feature = "jwt"))]
impl Members {
    /// The text of a member. `None` if there is no such member, `Some(None)` if it is no text or an empty one.
    pub(crate) fn text(&self, name: &str) -> Option<Option<&str>> {
        let value = self.0.get(name).filter(|value| !value.is_null())?;
        Some(value.as_str().filter(|text| !text.is_empty()))
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<R: Deserializer<'de>>(deserializer: R) -> Result<Self, R::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Members, M::Error> {
                let mut read = HashMap::new();
                while let Some((name, value)) = members.next_entry::<String, Value>()? {
                    if read.insert(name, value).is_some() {
                        return Err(M::Error::custom("a member is repeated"));
                    }
                }
                Ok(Members(read))
            }
        }

        deserializer.deserialize_map(Read)
    }
}
