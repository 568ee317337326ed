//! An authorization server that knows the keys of the conformance suite.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use crate::programs::{listen, local};

/// Answers what a key grants: `<subject>~<scope>~<scope>`, with a `.` for the `:` of a scope. `down` is answered by an error.
pub(crate) fn start(port: u16) {
    let listener = listen(local(port));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(stream));
        }
    });
}

/// Whether a word of a key is a scope, or nothing. Whatever else stands in a key makes it one that nobody issued.
fn is_known(scope: &str) -> bool {
    ["", "files.read", "items.delete", "items.read", "items.write", "mine.read"].contains(&scope)
}

fn serve(stream: TcpStream) -> Option<()> {
    let mut answers = stream.try_clone().ok()?;
    let mut stream = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).ok()?;
        let body = String::from_utf8(body).ok()?;
        let token =
            body.split('&').find_map(|field| field.strip_prefix("token="))?.replace("%7E", "~").replace("%2E", ".");
        let (status, answer) = match token.split_once('~') {
            _ if token == "down" => ("500 Internal Server Error", String::new()),
            Some((subject, scopes)) if scopes.split('~').all(is_known) => {
                let scopes = scopes.replace('~', " ").replace('.', ":");
                let answer = format!(
                    r#"{{"active":true,"sub":"{subject}","client_id":"conformance","aud":"items","exp":4102444800,"scope":"{scopes}"}}"#
                );
                ("200 OK", answer)
            }
            _ => ("200 OK", r#"{"active":false}"#.to_owned()),
        };
        let head =
            format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", answer.len());
        answers.write_all(format!("{head}{answer}").as_bytes()).ok()?;
    }
}
