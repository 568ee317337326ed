//! The table for the comment of a pull request.

use std::fmt::Write as _;

use super::{Row, Table, called, cells};
use crate::markdown::{MOST_OF_A_COMMENT, code, marked};

/// How many operations of a client are named.
const MOST_NAMED: usize = 10;
/// What is kept for the line that says what was left out.
const KEPT: usize = 200;

/// Never longer than a comment may be.
pub(crate) fn markdown(table: &Table<'_>) -> String {
    let mut out = format!("### {}\n\n", marked(&table.summary()));
    for caveat in table.caveats() {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "> **Attention:** {}\n", marked(&caveat));
    }
    out.push_str("| Client | | Called | Smallest scopes | Held | Excess | Missing |\n|---|---|---|---|---|---|---|\n");
    let mut left_out = 0;
    for row in &table.rows {
        let line = line(row);
        if left_out > 0 || out.len() + line.len() > MOST_OF_A_COMMENT - KEPT {
            left_out += 1;
        } else {
            out.push_str(&line);
        }
    }
    if left_out > 0 {
        let _ = writeln!(out, "\n{left_out} more clients do not fit here; `--format json` has all.");
    }
    out
}

fn line(row: &Row<'_>) -> String {
    let [client, told, needs, holds, excess, missing] = cells(row);
    let called = called(row, MOST_NAMED, code).join("<br>");
    let why: String = row.why.iter().map(|why| format!("<br>{}", marked(why))).collect();
    let told = if row.excess().is_empty() { told } else { format!("**{told}**") };
    let [client, needs, holds, excess, missing] = [client, needs, holds, excess, missing].map(|cell| code(&cell));
    format!("| {client} | {told}{why} | {called} | {needs} | {holds} | {excess} | {missing} |\n")
}
