//! The table for people.

use std::fmt::Write as _;

use super::{Table, called, cells};
use crate::escape::visible;
use crate::exit::Exit;
use crate::failure::{BOLD, GREEN, OFF, RED};

const HEADS: [&str; 7] = ["CLIENT", "TOLD", "CALLED", "NEEDS", "HOLDS", "EXCESS", "MISSING"];
/// How many operations of a client are named.
const MOST_NAMED: usize = 3;
/// A longer cell moves those behind it.
const WIDEST: usize = 40;

/// With ANSI colours.
pub(crate) fn text(table: &Table<'_>) -> String {
    let mut lines: Vec<[String; 7]> = vec![HEADS.map(str::to_owned)];
    for row in &table.rows {
        let [client, told, needs, holds, excess, missing] = cells(row);
        let called = called(row, MOST_NAMED, str::to_owned).join(", ");
        lines.push([client, told, called, needs, holds, excess, missing].map(|cell| visible(&cell).into_owned()));
    }
    let width = |column: usize| {
        let widths = lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count());
        widths.filter(|width| *width <= WIDEST).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..HEADS.len()).map(width).collect();
    let mut text = String::new();
    let whys = std::iter::once(&[][..]).chain(table.rows.iter().map(|row| row.why.as_slice()));
    for (at, (line, why)) in lines.iter().zip(whys).enumerate() {
        let padded = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect::<Vec<_>>();
        let padded = padded.join("  ");
        let (style, end) = if at == 0 { (BOLD, OFF) } else { ("", "") };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{style}{}{end}", padded.trim_end());
        for why in why {
            let _ = writeln!(text, "  = {why}");
        }
    }
    let (style, level) = if table.exit() == Exit::Clean { (GREEN, "ok") } else { (RED, "error") };
    let _ = writeln!(text, "\n{style}{level}{OFF}{BOLD}: {}{OFF}", visible(&table.summary()));
    for caveat in table.caveats() {
        let _ = writeln!(text, "{BOLD}attention{OFF}: {caveat}");
    }
    text
}
