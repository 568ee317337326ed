//! What is no route, whatever the table says; what a table refuses.
#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a test")]

use policy_router::{BuildFault, Match, PathFault, Router, Template, TemplateFault, is_method};

#[test]
fn a_path_matches_byte_for_byte_or_not_at_all() {
    let router = Router::build([
        ("GET", "/"),
        ("GET", "/v1/items"),
        ("GET", "/v1/items/"),
        ("GET", "/v1/items/{id}"),
        ("GET", "/v1/items/{id}/files/{file}"),
        ("GET", "/v1/identityProtection"),
        ("GET", "/v1/.../x"),
        ("GET", "/v1/{name}.json/x"),
        ("GET", "/v1/a%20b"),
    ])
    .unwrap();
    let long = format!("/v1/items/{}", "a".repeat(60_000));
    for (path, expected) in [
        ("/", Some(0)),
        ("/v1/items", Some(1)),
        ("/v1/items/", Some(2)),
        ("/v1/items/7", Some(3)),
        ("/v1/items/7/files/8", Some(4)),
        ("/v1/identityProtection", Some(5)),
        ("/v1/.../x", Some(6)),
        ("/v1/a.b.json/x", Some(7)),
        ("/v1/a%20b", Some(8)),
        (long.as_str(), Some(3)),
        // What a parameter may be.
        ("/v1/items/...", Some(3)),
        ("/v1/items/.a", Some(3)),
        ("/v1/items/..;", Some(3)),
        ("/v1/items/%20", Some(3)),
        ("/v1/items/%252f", Some(3)),
        ("/v1/items/%2", Some(3)),
        ("/v1/items/%", Some(3)),
        ("/v1/items/a b", Some(3)),
        ("/v1/items/!\"$&'()*+,;=:@~", Some(3)),
        // Not this path.
        ("", None),
        ("*", None),
        ("v1/items", None),
        ("//", None),
        ("/v1", None),
        ("/v1/", None),
        ("/V1/items", None),
        ("/v1/Items", None),
        ("/v1/identityprotection", None),
        ("/v1/item", None),
        ("/v1/itemss", None),
        ("/v1/a b", None),
        ("/v1/%69tems", None),
        // Empty segments and trailing slashes.
        ("//v1/items", None),
        ("/v1//items", None),
        ("/v1/items//", None),
        ("/v1/items//files/8", None),
        ("/v1/items/7/", None),
        ("/v1/items/7/files/", None),
        ("/v1/items/7/files/8/", None),
        ("/v1/.json/x", None),
        // Dot segments.
        ("/v1/./items", None),
        ("/v1/x/../items", None),
        ("/v1/items/.", None),
        ("/v1/items/..", None),
        ("/v1/items/../files/8", None),
        ("/v1/..json/x", None),
        ("/v1/...json/x", None),
        // Encoded slashes, backslashes and dots.
        ("/v1/items/a%2fb", None),
        ("/v1/items/a%2Fb", None),
        ("/v1/items/a%5cb", None),
        ("/v1/items/a%5Cb", None),
        ("/v1/items/%2e%2e", None),
        ("/v1/items/%2E", None),
        ("/v1/items/a-rather-long-value-with-an-encoded-dot%2e", None),
        ("/v1/a%2e.json/x", None),
        // Bytes no path may hold.
        ("/v1/items/a\\b", None),
        ("/v1/items/a\tb", None),
        ("/v1/items/a\0", None),
        ("/v1/items/a\x7f", None),
        ("/v1/items/ä", None),
        ("/v1/items?x=1", None),
        ("/v1/items/7?x=1", None),
        ("/v1/items/7#x", None),
    ] {
        let found = router.find("GET", path);
        assert_eq!(found.operation(), expected, "{path}");
        assert_eq!(matches!(found, Match::NotFound), expected.is_none(), "{path}");
    }
    assert!(matches!(router.find("GET", b"/v1/items/\xff"), Match::NotFound));
}

#[test]
fn methods_are_exact_bytes() {
    let methods = ["GET", "PROPFIND", "PROPPATCH", "VERSION-CONTROL", "A", "B"];
    let router = Router::build(methods.map(|method| (method, "/a"))).unwrap();
    for (method, expected) in [
        ("GET", Some(0)),
        ("PROPFIND", Some(1)),
        ("PROPPATCH", Some(2)),
        ("VERSION-CONTROL", Some(3)),
        ("A", Some(4)),
        ("B", Some(5)),
        ("C", None),
        ("get", None),
        ("GETT", None),
        ("GE", None),
        ("", None),
        ("HEAD", None),
        ("PROPFINF", None),
        ("PROPFINDS", None),
        ("VERSION-CONTROLS", None),
    ] {
        assert_eq!(router.find(method, "/a").operation(), expected, "{method}");
    }
}

#[test]
fn a_template_that_no_request_reaches_is_an_error() {
    for (template, expected) in [
        ("a", TemplateFault::NoLeadingSlash),
        ("", TemplateFault::NoLeadingSlash),
        ("//a", TemplateFault::EmptySegment),
        ("/a//", TemplateFault::EmptySegment),
        ("/a/./b", TemplateFault::DotSegment),
        ("/a/..", TemplateFault::DotSegment),
        ("/a/{id", TemplateFault::UnbalancedBrace),
        ("/a/id}", TemplateFault::UnbalancedBrace),
        ("/a/{id}}", TemplateFault::UnbalancedBrace),
        ("/a/{{id}", TemplateFault::UnbalancedBrace),
        ("/a/{b/c}", TemplateFault::UnbalancedBrace),
        ("/a/{}", TemplateFault::EmptyName),
        ("/a/{b}{c}", TemplateFault::AdjacentParameters),
        ("/a?b", TemplateFault::ForbiddenByte(b'?')),
        ("/a#b", TemplateFault::ForbiddenByte(b'#')),
        ("/a\\b", TemplateFault::ForbiddenByte(b'\\')),
        ("/ä", TemplateFault::ForbiddenByte(0xc3)),
        ("/a%2Fb", TemplateFault::ForbiddenEncoding),
        ("/a/%2e{b}", TemplateFault::ForbiddenEncoding),
        ("/a%5cb", TemplateFault::ForbiddenEncoding),
        ("/a b", TemplateFault::ForbiddenByte(b' ')),
        ("/a\tb", TemplateFault::ForbiddenByte(b'\t')),
        ("/a\u{7f}", TemplateFault::ForbiddenByte(0x7f)),
        ("/<id>", TemplateFault::ForbiddenByte(b'<')),
        ("/[0-9]", TemplateFault::ForbiddenByte(b'[')),
        ("/a|b", TemplateFault::ForbiddenByte(b'|')),
        ("/\"", TemplateFault::ForbiddenByte(b'"')),
        ("/a^{b}", TemplateFault::ForbiddenByte(b'^')),
        ("/%", TemplateFault::MalformedEncoding),
        ("/%4", TemplateFault::MalformedEncoding),
        ("/%zz", TemplateFault::MalformedEncoding),
        ("/%4z", TemplateFault::MalformedEncoding),
        ("/%z4", TemplateFault::MalformedEncoding),
        ("/%2{b}f", TemplateFault::MalformedEncoding),
        ("/%41", TemplateFault::UnusualEncoding(b'A')),
        ("/%7E", TemplateFault::UnusualEncoding(b'~')),
        ("/caf%c3%a9", TemplateFault::UnusualEncoding(0xc3)),
        ("/caf%C3%a9", TemplateFault::UnusualEncoding(0xa9)),
    ] {
        let error = Router::build([("GET", template)]).unwrap_err();
        let [BuildFault::Template { fault, .. }] = error.faults() else { panic!("{template}: {error}") };
        assert_eq!(*fault, expected, "{template}");
        assert_eq!(Template::parse(template), Err(expected), "{template}");
        assert!(error.to_string().starts_with(&format!("`GET {template}`: ")));
    }
}

#[test]
fn a_segment_is_as_long_as_the_table_holds_and_a_template_has_any_number_of_them() {
    let longest = format!("/{}", "a".repeat(Template::LONGEST_SEGMENT));
    for template in [longest.clone(), longest.repeat(3), format!("{longest}/b/c{longest}")] {
        assert_eq!(Router::build([("GET", &template)]).unwrap().find("GET", &template).operation(), Some(0));
    }
    assert_eq!(Template::parse(&format!("/b{longest}a/c")), Err(TemplateFault::TooLong));
}

#[test]
fn every_fault_says_what_is_wrong_and_what_to_do() {
    for (fault, sentence) in [
        (TemplateFault::NoLeadingSlash, "a path starts with `/`; help: write the slash"),
        (TemplateFault::EmptySegment, "an empty segment matches no request; help: write one `/`"),
        (TemplateFault::DotSegment, "a segment `.` or `..` matches no request; help: write the resolved path"),
        (
            TemplateFault::UnbalancedBrace,
            "a brace is not balanced; help: write each parameter as `{name}`, with the braces in one segment",
        ),
        (TemplateFault::EmptyName, "a parameter has no name; help: write `{name}`"),
        (TemplateFault::AdjacentParameters, "two parameters touch; help: put a literal between them or make them one"),
        (TemplateFault::ForbiddenByte(b'?'), "`?` is not part of a path; help: leave the query and the fragment out"),
        (TemplateFault::ForbiddenByte(b'#'), "`#` is not part of a path; help: leave the query and the fragment out"),
        (
            TemplateFault::ForbiddenByte(b' '),
            "no request has a space in its path; help: write it percent-encoded, as clients send it",
        ),
        (
            TemplateFault::ForbiddenByte(b'"'),
            "no request has `\"` in its path as it stands; help: write it percent-encoded, as clients send it",
        ),
        (
            TemplateFault::ForbiddenByte(b'\\'),
            "no request has `\\` in its path as it stands; help: write a slash, or leave it out",
        ),
        (
            TemplateFault::ForbiddenByte(b'<'),
            "no request has `<` in its path as it stands; help: write a parameter as `{name}`, or the character percent-encoded",
        ),
        (
            TemplateFault::ForbiddenByte(0xc3),
            "a path is ASCII, and a character in it is not; help: write it percent-encoded, as clients send it",
        ),
        (TemplateFault::ForbiddenByte(b'\t'), "no request has the byte 0x09 in its path; help: leave it out"),
        (TemplateFault::ForbiddenByte(0x7f), "no request has the byte 0x7f in its path; help: leave it out"),
        (
            TemplateFault::ForbiddenEncoding,
            "an encoded slash, backslash or dot matches no request; help: write a slash as `/` and a dot as `.`",
        ),
        (
            TemplateFault::MalformedEncoding,
            "a `%` is not followed by two hexadecimal digits; help: write a percent sign as `%25`",
        ),
        (
            TemplateFault::UnusualEncoding(b'A'),
            "clients write `%41` in another way; help: write `A` (RFC 3986, 6.2.2.2)",
        ),
        (
            TemplateFault::UnusualEncoding(0xa9),
            "clients write `%A9` in another way; help: write `%A9` (RFC 3986, 6.2.2.1)",
        ),
        (TemplateFault::TooLong, "a segment is longer than 32766 bytes; help: shorten it"),
    ] {
        assert_eq!(fault.to_string(), sentence);
    }
    for byte in 0..=u8::MAX {
        for fault in [TemplateFault::ForbiddenByte(byte), TemplateFault::UnusualEncoding(byte)] {
            assert_eq!(fault.to_string(), format!("{}; help: {}", fault.what(), fault.help()));
            assert!(fault.to_string().is_ascii(), "{fault:?}");
        }
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let error = Router::build([
        ("GET", "/a/{id}"),
        ("GET", "/a/{name}"),
        ("PUT", "/a/{name}"),
        ("GET", "/{x}-{y}"),
        ("GET", "/{a}-{b}"),
        ("G T", "/b"),
        ("GET", "/c/"),
        ("GET", "/c"),
        ("GET", "/b?c"),
    ])
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`GET /a/{id}` and `GET /a/{name}` match the same paths; help: keep one of them, names of parameters make no \
         difference\n\
         `GET /{x}-{y}` and `GET /{a}-{b}` match the same paths; help: keep one of them, names of parameters make no \
         difference\n\
         `G T /b`: the method is not a token; help: write it as the request does, like `GET`\n\
         `GET /b?c`: `?` is not part of a path; help: leave the query and the fragment out"
    );
}

/// A token of RFC 9110, section 5.6.2, in any case.
#[test]
fn a_method_is_a_token() {
    let token = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for byte in 0..=0x7f {
        let method = char::from(byte).to_string();
        assert_eq!(is_method(&method), token.contains(&method), "{method:?}");
        assert_eq!(is_method(&format!("GET{method}")), token.contains(&method), "{method:?}");
    }
    assert!(is_method("VERSION-CONTROL") && !is_method("") && !is_method("GÉT"));
}

#[test]
fn more_methods_than_a_table_holds_are_an_error() {
    let methods: Vec<String> = (0..33).map(|index| format!("M{index}")).collect();
    let error = Router::build(methods.iter().map(|method| (method, "/a"))).unwrap_err();
    assert!(error.faults().contains(&BuildFault::TooManyMethods));
    assert!(error.to_string().starts_with("more than 32 distinct methods"), "{error}");
    let router = Router::build(methods[..32].iter().map(|method| (method, "/a"))).unwrap();
    assert!((0..32).all(|index| router.find(&methods[index], "/a").operation() == Some(index)));
}

#[test]
fn an_empty_router_finds_nothing() {
    let router = Router::build::<&str, &str>([]).unwrap();
    assert!(router.router().is_empty() && router.router().template(0).is_none());
    assert!(matches!(router.find("GET", "/"), Match::NotFound));
    assert!(matches!(router.find("GET", ""), Match::NotFound));
}

/// They are compared at once, as far as a node's text may reach.
#[test]
fn literals_that_follow_each_other_without_a_choice_are_one_node() {
    let half = |less| format!("/{}", "a".repeat(Template::LONGEST_SEGMENT / 2 - less));
    for (template, nodes) in [
        ("/a/b/c/d".into(), 1),
        ("/a/{b}/c/d".into(), 3),
        ("/a/{b}-c/d/e/{f}".into(), 4),
        (half(0) + &half(1), 1),
        (half(0) + &half(0), 2),
    ] {
        let router = Router::build([("GET", &template)]).unwrap();
        // Beside them stand the root, and an empty place at the end.
        assert_eq!(router.plain().slots.len(), nodes + 2, "{} bytes", template.len());
    }
}

#[test]
fn a_very_deep_or_wide_table_is_built_and_searched() {
    let deep = "/{a}".repeat(100_000);
    let router = Router::build([("GET", deep.as_str())]).unwrap();
    assert_eq!(router.find("GET", &"/x".repeat(100_000)).operation(), Some(0));
    let wide: Vec<String> = (0..5_000).map(|index| format!("/a-long-common-beginning-{index}-and-end")).collect();
    let router = Router::build(wide.iter().map(|template| ("GET", template))).unwrap();
    assert!((0..wide.len()).all(|index| router.find("GET", &wide[index]).operation() == Some(index)));
}

/// A literal's first bytes, its last bytes and its length are compared at once. What differs in one must not make up for another.
#[test]
fn literals_whose_bytes_differ_as_their_lengths_do_are_told_apart() {
    // `b` and `c` differ in one bit, as 9 and 10 and a slash do.
    for sibling in 0..32 {
        let router = Router::build([("GET", "/abccccccd"), ("GET", &format!("/{sibling}"))]).unwrap();
        assert_eq!(router.find("GET", "/abccccccd").operation(), Some(0));
        assert_eq!(router.find("GET", "/abcccccccd").operation(), None, "beside {sibling}");
    }
}

/// Among so many literals some fall to one place of the table: each is found all the same, and no other, wherever it stands.
#[test]
fn short_literals_that_share_a_place_are_told_apart() {
    let literals: Vec<String> = (0..3_000_usize).map(|number| format!("{:x}", number * 7)).collect();
    let templates = literals.iter().flat_map(|literal| [format!("/{literal}"), format!("/under/{literal}/{{id}}")]);
    let templates: Vec<String> = templates.collect();
    let router = Router::build(templates.iter().map(|template| ("GET", template))).unwrap();
    for number in 0..21_000_usize {
        let place = (number % 7 == 0).then_some(number / 7 * 2);
        assert_eq!(router.find("GET", &format!("/{number:x}")).operation(), place, "{number:x}");
        let below = router.find("GET", &format!("/under/{number:x}/x")).operation();
        assert_eq!(below, place.map(|place| place + 1), "{number:x}");
    }
}

#[test]
fn a_path_that_no_template_can_match_has_a_fault_with_its_place() {
    for (path, fault) in [
        ("", "the path does not start with `/`"),
        ("*", "the path does not start with `/`"),
        ("https://a.example/b", "the path does not start with `/`"),
        ("//a", "an empty segment, two slashes that touch, at byte 1"),
        ("/a//", "an empty segment, two slashes that touch, at byte 3"),
        ("/a/../b", "a segment `.` or `..` at byte 3; paths are not resolved"),
        ("/a/.", "a segment `.` or `..` at byte 3; paths are not resolved"),
        ("/a?b", "`?`, which no path may hold, at byte 2"),
        ("/a\\b", "`\\`, which no path may hold, at byte 2"),
        ("/a\nb", "the byte 0x0a, which no path may hold, at byte 2; it is sent percent-encoded"),
        ("/\u{e9}", "the byte 0xc3, which no path may hold, at byte 1; it is sent percent-encoded"),
        ("/a/%2e%2E", "a slash, a backslash or a dot, percent-encoded, at byte 3; nothing is decoded"),
        ("/%5C", "a slash, a backslash or a dot, percent-encoded, at byte 1; nothing is decoded"),
    ] {
        assert_eq!(PathFault::of(path).map(|fault| fault.to_string()).as_deref(), Some(fault), "{path:?}");
    }
}
