//! Makes identifiers of a document's words.

/// A name's words. A new word starts after anything but a letter or digit; the case of letters stays as it is.
///
/// A letter beyond ASCII becomes `U` and its code point, which is unambiguous.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            word.push(character);
        } else {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            if !character.is_ascii() && character.is_alphanumeric() {
                words.push(format!("U{:x}", u32::from(character)));
            }
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The word with a capital in front. Of a word in capitals, the other letters become small: `HTTP` is `Http`.
fn capitalised(word: &str) -> String {
    let shouted = word.len() > 1 && !word.chars().any(|character| character.is_ascii_lowercase());
    let mut characters = word.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first
        .into_iter()
        .chain(characters.map(|character| if shouted { character.to_ascii_lowercase() } else { character }))
        .collect()
}

/// The text in `UpperCamelCase`. Empty when it has no letter and no digit.
pub(crate) fn upper_camel(text: &str) -> String {
    let name: String = words(text).iter().map(|word| capitalised(word)).collect();
    let shouted = name.len() > 2 && !name.chars().any(|character| character.is_ascii_lowercase());
    if shouted { capitalised(&name) } else { name }
}

/// The text in `SCREAMING_SNAKE_CASE`. Empty when it has no letter and no digit.
///
/// A single capital in front is not a word of its own: `OAuth2` gives `OAUTH2`.
pub(crate) fn screaming_snake(text: &str) -> String {
    let mut name = String::new();
    for word in words(text) {
        let characters: Vec<char> = word.chars().collect();
        let mut length = 0_usize;
        if !name.is_empty() {
            name.push('_');
        }
        for (at, character) in characters.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|before| characters.get(before));
            let after = characters.get(at + 1);
            let starts = character.is_ascii_uppercase()
                && (before.is_some_and(|before| !before.is_ascii_uppercase())
                    || after.is_some_and(char::is_ascii_lowercase));
            if starts && length > 1 {
                name.push('_');
                length = 0;
            }
            name.push(character.to_ascii_uppercase());
            length += 1;
        }
    }
    name
}

/// The name of an operation without a usable `operationId`. It is made of method and template, with a parameter as `By…`.
pub(crate) fn of_route(method: &str, template: &str) -> String {
    let mut name = upper_camel(&method.to_ascii_lowercase());
    for segment in template.split('/') {
        if segment.contains('{') {
            name.push_str("By");
        }
        name.push_str(&upper_camel(segment));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::{of_route, screaming_snake, upper_camel};

    #[test]
    fn type_names() {
        for (text, name) in [
            ("listEncounters", "ListEncounters"),
            ("list_encounters", "ListEncounters"),
            ("list-encounters v2", "ListEncountersV2"),
            ("LIST_ENCOUNTERS", "ListEncounters"),
            ("GET", "Get"),
            ("getURL", "GetURL"),
            ("a_b_c", "Abc"),
            ("users/list.all", "UsersListAll"),
            ("self", "Self"),
            ("crate", "Crate"),
            ("encounters:read", "EncountersRead"),
            ("https://www.example.com/auth/x", "HttpsWwwExampleComAuthX"),
            ("#billing:read", "BillingRead"),
            ("über", "UfcBer"),
            ("列表", "U5217u8868"),
            ("\u{1f680}", ""),
            ("", ""),
            ("\"\n{}'\\", ""),
            ("2fa", "2fa"),
        ] {
            assert_eq!(upper_camel(text), name, "{text:?}");
        }
    }

    #[test]
    fn constant_names() {
        for (text, name) in [
            ("ApiKey", "API_KEY"),
            ("OAuth2", "OAUTH2"),
            ("bearerAuth", "BEARER_AUTH"),
            ("HTTPBasic", "HTTP_BASIC"),
            ("x-api-key", "X_API_KEY"),
            ("", ""),
        ] {
            assert_eq!(screaming_snake(text), name, "{text:?}");
        }
    }

    #[test]
    fn route_names() {
        for (method, template, name) in [
            ("GET", "/", "Get"),
            ("GET", "/users/{user_id}/files", "GetUsersByUserIdFiles"),
            ("GET", "/users/user_id/files", "GetUsersUserIdFiles"),
            ("DELETE", "/a-b/{c}.json", "DeleteABByCJson"),
        ] {
            assert_eq!(of_route(method, template), name);
        }
    }
}
