//! Rust as rustfmt writes it, and texts of a document as Rust and TOML write them.

/// The width of a line, which is rustfmt's own.
pub(super) const WIDTH: usize = 100;

/// A text as a literal of Rust.
pub(super) fn literal(text: &str) -> String {
    format!("\"{}\"", text.escape_debug().to_string().replace("\\'", "'"))
}

/// A text as a string of TOML (basic, on one line).
pub(super) fn toml(text: &str) -> String {
    let mut written = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => written.extend(['\\', c]),
            c if c.is_control() => written.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => written.push(c),
        }
    }
    written.push('"');
    written
}

/// A doc comment of one line, cut where it is too long.
pub(super) fn comment(mark: &str, text: &str) -> String {
    let room = WIDTH.saturating_sub(mark.len() + 1);
    if text.chars().count() <= room {
        return format!("{mark} {text}\n");
    }
    let cut: String = text.chars().take(room.saturating_sub(1)).collect();
    format!("{mark} {}…\n", cut.trim_end())
}

/// A chain of calls as rustfmt lays it out: `before`, the value, its calls and `after`, with a line break.
pub(super) fn chain(before: &str, value: &str, calls: &[String], after: &str) -> String {
    const INDENT: &str = "    ";
    /// What a chain of several calls may have on one line.
    const CHAIN: usize = 60;
    let line = format!("{value}{}", calls.concat());
    let whole = format!("{INDENT}{before}{line}{after}\n");
    let fits = calls.len() < 2 || line.chars().count() <= CHAIN;
    if fits && whole.chars().count() <= WIDTH + 1 {
        return whole;
    }
    if let Some(before) = before.strip_suffix(' ').filter(|_| fits) {
        let whole = format!("{INDENT}{before}\n{INDENT}{INDENT}{line}{after}\n");
        if whole.lines().all(|line| line.chars().count() <= WIDTH) {
            return whole;
        }
    }
    let calls: String = calls.iter().map(|call| format!("\n{INDENT}{INDENT}{call}")).collect();
    format!("{INDENT}{before}{value}{calls}{after}\n")
}
