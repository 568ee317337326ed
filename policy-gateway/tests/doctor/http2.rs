//! The doctor before a proxy that speaks HTTP/2.

use super::*;

/// The fields of a request, each with its name.
type Fields = Vec<(String, String)>;

/// Bytes of a connection: so many.
fn bytes(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

/// The length of a text, and the bytes behind it.
fn length(block: &[u8]) -> (usize, &[u8]) {
    if block[0] < 127 {
        return (usize::from(block[0]), &block[1..]);
    }
    let count = block[1..].iter().position(|byte| byte & 128 == 0).unwrap() + 1;
    let more = block[1..=count].iter().rev().fold(0, |all, byte| all * 128 + usize::from(byte & 127));
    (127 + more, &block[count + 1..])
}

/// The fields of a block that has literals alone, as bytes.
fn fields(mut block: &[u8]) -> Fields {
    let mut fields = Vec::new();
    while let Some((0, rest)) = block.split_first() {
        let text = |bytes: &mut &[u8]| {
            let (count, rest) = length(bytes);
            *bytes = &rest[count..];
            rest[..count].iter().map(|byte| char::from(*byte)).collect::<String>()
        };
        let mut rest = rest;
        let name = text(&mut rest);
        fields.push((name, text(&mut rest)));
        block = rest;
    }
    assert!(block.is_empty(), "{block:?}");
    fields
}

/// A proxy that forwards everything, and keeps the fields that it got. It answers with a number in Huffman's code, a ping before.
fn proxy(echo: SocketAddr) -> (SocketAddr, Arc<Mutex<Vec<Fields>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let got = Arc::new(Mutex::new(Vec::new()));
    let kept = got.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            assert_eq!(bytes(&mut stream, 24), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            assert_eq!(bytes(&mut stream, 9), [0, 0, 0, 4, 0, 0, 0, 0, 0], "SETTINGS");
            let head = bytes(&mut stream, 9);
            assert_eq!(head[3..], [1, head[4], 0, 0, 0, 1], "HEADERS");
            let found = fields(&bytes(&mut stream, usize::from(head[1]) * 256 + usize::from(head[2])));
            kept.lock().unwrap().push(found.clone());
            let said = |name: &str| found.iter().find(|(known, _)| known == name).unwrap().1.clone();
            let others = found.iter().filter(|(name, _)| !name.starts_with(':'));
            let others: String = others.map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            let request = format!("{} {} HTTP/1.1\r\n{others}\r\n", said(":method"), said(":path"));
            let answered = forward(echo, &request);
            stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).unwrap();
            stream.write_all(&[0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]).unwrap();
            if !answered.is_empty() {
                // 302, as RFC 7541 has it in section C.6.1.
                stream.write_all(&[0, 0, 4, 1, 5, 0, 0, 0, 1, 0x48, 0x82, 0x64, 0x02]).unwrap();
            }
            let _ = bytes_until_ping(&mut stream);
        }
    });
    (address, got)
}

/// What comes before the answer to a ping.
fn bytes_until_ping(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut all = Vec::new();
    let mut byte = [0];
    while !all.ends_with(&[6, 1, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]) {
        stream.read_exact(&mut byte)?;
        all.extend(byte);
    }
    Ok(())
}

#[test]
fn by_http2_each_vector_is_sent_as_it_stands() {
    let echo = free();
    let (address, got) = proxy(echo);
    let report = examine(&[&format!("http://{address}/v1"), "--echo", &echo.to_string(), "--http2"]).unwrap();
    assert!(report.to_text().contains("by HTTP/2"), "{}", report.to_text());
    assert!(report.checks.iter().filter(|check| check.answer == Some(302)).count() > 60, "{}", report.to_text());
    let got = got.lock().unwrap();
    let first: Vec<&str> = got[0].iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(first, [":method", ":scheme", ":authority", ":path", "x-doctor-nonce"], "nothing but a nonce at first");
    let has = |wanted: &[(&str, &str)]| {
        let has = |fields: &Fields| {
            wanted.iter().all(|(name, value)| fields.iter().any(|field| field.0 == *name && field.1 == *value))
        };
        got.iter().any(has)
    };
    let authority = address.to_string();
    for wanted in [
        &[(":path", "/v1/x/..\\a"), (":authority", &authority)][..],
        &[(":path", "/v1/a#/../b")],
        &[(":path", "/v1/a\u{ff}")],
        &[(":path", &format!("http://{authority}/v1/x/../a"))],
        &[(":method", "get")],
        &[(":authority", &authority), ("host", "user@other.doctor.example")],
        &[("authorization", "Bearer doctor-one"), ("authorization", "Bearer doctor-two")],
        &[("x_subject", "forged-by-doctor")],
    ] {
        assert!(has(wanted), "{wanted:?}");
    }
}
