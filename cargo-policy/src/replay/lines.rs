//! The lines of a log, one after the other, in memory of a fixed size.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use crate::failure::Failure;

/// How many bytes of a log are in memory at once.
const BUFFER: usize = 1 << 18;
/// How many bytes a line has at most. Lines of the schema are far shorter.
const LONGEST: usize = 1 << 20;

/// Opens a log; `-` is standard input.
pub(super) fn open(path: &Path) -> Result<BufReader<Box<dyn Read>>, Failure> {
    let input: Box<dyn Read> = match path.to_str() {
        Some("-") => Box::new(io::stdin()),
        _ => {
            let file = File::open(path).map_err(|error| Failure::file("read", path, &error))?;
            if file.metadata().is_ok_and(|found| found.is_dir()) {
                let what = format!("cannot read `{}`: it is a folder", path.display());
                return Err(Failure::with_help(what, "name the logs in it"));
            }
            Box::new(file)
        }
    };
    Ok(BufReader::with_capacity(BUFFER, input))
}

/// What goes over each line, without its line feed. A line that is too long comes as `None`.
pub(super) trait Take {
    fn take(&mut self, line: Option<&[u8]>) -> Result<(), Failure>;
}

/// Goes through all lines.
pub(super) fn each(path: &Path, reader: &mut impl BufRead, to: &mut impl Take) -> Result<(), Failure> {
    // The part of a line that came before the buffer was filled again.
    let mut begun: Vec<u8> = Vec::new();
    let mut is_too_long = false;
    loop {
        let buffer = match reader.fill_buf() {
            Ok(buffer) => buffer,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failure::file("read", path, &error)),
        };
        if buffer.is_empty() {
            break;
        }
        let used = buffer.len();
        let mut rest = buffer;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, after) = rest.split_at(end);
            rest = after.get(1..).unwrap_or_default();
            if is_too_long || begun.len() + line.len() > LONGEST {
                to.take(None)?;
            } else if begun.is_empty() {
                to.take(Some(line))?;
            } else {
                begun.extend_from_slice(line);
                to.take(Some(&begun))?;
            }
            begun.clear();
            is_too_long = false;
        }
        is_too_long |= begun.len() + rest.len() > LONGEST;
        if is_too_long {
            begun.clear();
        } else {
            begun.extend_from_slice(rest);
        }
        reader.consume(used);
    }
    match (is_too_long, begun.is_empty()) {
        (true, _) => to.take(None),
        (false, false) => to.take(Some(&begun)),
        (false, true) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;
    use std::path::Path;

    use super::{LONGEST, Take, each};
    use crate::failure::Failure;

    struct All(Vec<Option<Vec<u8>>>);

    impl Take for All {
        fn take(&mut self, line: Option<&[u8]>) -> Result<(), Failure> {
            self.0.push(line.map(<[u8]>::to_vec));
            Ok(())
        }
    }

    #[test]
    fn every_line_comes_once_however_the_buffer_cuts_it() {
        let text = [&b"one\ntwo\r\n\n"[..], &[b'x'; LONGEST + 1], b"\nthree\nlast"].concat();
        for capacity in [1, 2, 7, 1 << 16] {
            let mut all = All(Vec::new());
            let mut reader = BufReader::with_capacity(capacity, text.as_slice());
            assert!(each(Path::new("-"), &mut reader, &mut all).is_ok());
            let line = |text: &str| Some(text.as_bytes().to_vec());
            let expected = vec![line("one"), line("two\r"), line(""), None, line("three"), line("last")];
            assert!(all.0 == expected, "{capacity}");
        }
    }
}
