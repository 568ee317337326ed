//! A JSON object whose members are not known beforehand.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The members of an object. A repeated one is an error, at any depth: nobody could tell which one was meant.
#[derive(Debug)]
pub(crate) struct Members(pub(crate) HashMap<String, Value>);

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
                while let Some((name, value)) = members.next_entry::<String, Unrepeated>()? {
                    if read.insert(name, value.0).is_some() {
                        return Err(M::Error::custom("a member is repeated"));
                    }
                }
                Ok(Members(read))
            }
        }

        deserializer.deserialize_map(Read)
    }
}

/// A JSON value in which no object has one member twice. The library's own type keeps the last one.
struct Unrepeated(Value);

impl<'de> Deserialize<'de> for Unrepeated {
    fn deserialize<R: Deserializer<'de>>(deserializer: R) -> Result<Self, R::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Unrepeated;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_unit<E>(self) -> Result<Unrepeated, E> {
                Ok(Unrepeated(Value::Null))
            }

            fn visit_none<E>(self) -> Result<Unrepeated, E> {
                Ok(Unrepeated(Value::Null))
            }

            fn visit_some<R: Deserializer<'de>>(self, inner: R) -> Result<Unrepeated, R::Error> {
                Unrepeated::deserialize(inner)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Unrepeated, E> {
                Ok(Unrepeated(value.into()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Unrepeated, E> {
                Ok(Unrepeated(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Unrepeated, E> {
                Ok(Unrepeated(value.into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Unrepeated, E> {
                Ok(Unrepeated(value.into()))
            }

            fn visit_str<E>(self, value: &str) -> Result<Unrepeated, E> {
                Ok(Unrepeated(value.into()))
            }

            fn visit_string<E>(self, value: String) -> Result<Unrepeated, E> {
                Ok(Unrepeated(value.into()))
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<Unrepeated, S::Error> {
                let mut read = Vec::new();
                while let Some(item) = items.next_element::<Unrepeated>()? {
                    read.push(item.0);
                }
                Ok(Unrepeated(Value::Array(read)))
            }

            fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Unrepeated, M::Error> {
                let mut read = Map::new();
                while let Some((name, value)) = members.next_entry::<String, Unrepeated>()? {
                    if read.insert(name, value.0).is_some() {
                        return Err(M::Error::custom("a member is repeated"));
                    }
                }
                Ok(Unrepeated(Value::Object(read)))
            }
        }

        deserializer.deserialize_any(Read)
    }
}
