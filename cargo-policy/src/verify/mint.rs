//! `--token-command`: a program that prints credentials.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use crate::failure::Failure;

/// How long a program may take to print a credential.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest credential.
const MOST: u64 = 64 << 10;

/// A command line, split into its arguments.
#[derive(Debug)]
pub(super) struct Mint {
    program: String,
    arguments: Vec<String>,
}

impl Mint {
    /// Splits the command line as a shell would, but for what a shell expands. What fills it later is never split.
    pub(super) fn read(line: &str) -> Result<Self, Failure> {
        let words = shlex::split(line).filter(|words| !words.is_empty());
        let Some((program, arguments)) = words.as_deref().and_then(<[String]>::split_first) else {
            let help = "write it as in `--token-command 'mint {scopes}'`";
            return Err(Failure::with_help(format!("`{}` is no command", line.escape_debug()), help));
        };
        if !arguments.iter().any(|argument| argument.contains("{scopes}")) {
            let what = format!("`{}` does not say where the scopes go", line.escape_debug());
            return Err(Failure::with_help(what, "`{scopes}` stands for them, within one argument"));
        }
        Ok(Self { program: program.clone(), arguments: arguments.to_vec() })
    }

    /// Runs the program. What it prints, without the blanks around it, is the credential.
    pub(super) fn mint(&self, scheme: &str, scopes: &[String]) -> Result<String, String> {
        self.mint_within(PATIENCE, scheme, scopes)
    }

    fn mint_within(&self, patience: Duration, scheme: &str, scopes: &[String]) -> Result<String, String> {
        let program = self.program.escape_debug();
        let arguments = self.filled(scheme, &scopes.join(" "))?;
        let end = Instant::now() + patience;
        let mut child = Command::new(&self.program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot run `{program}`: {error}"))?;
        let Some(output) = child.stdout.take() else { return Err(format!("`{program}` has no output")) };
        let (send, printed) = channel();
        std::thread::spawn(move || {
            let mut text = String::new();
            let read = output.take(MOST).read_to_string(&mut text).map(|_| text);
            let _ = send.send(read);
        });
        let printed = printed.recv_timeout(patience);
        // A program that has closed its output may still run without end.
        while printed.is_ok() && matches!(child.try_wait(), Ok(None)) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(5));
        }
        let late = printed.is_err() || matches!(child.try_wait(), Ok(None));
        if late {
            let _ = child.kill();
        }
        let status = child.wait().map_err(|error| format!("cannot run `{program}`: {error}"))?;
        let Some(Ok(printed)) = Some(printed).filter(|_| !late) else {
            return Err(format!("`{program}` took more than {} seconds", patience.as_secs()));
        };
        if !status.success() {
            return Err(format!("`{program}` ended with {status}"));
        }
        let text = printed.map_err(|_| format!("what `{program}` printed is no text"))?;
        match text.trim() {
            "" => Err(format!("`{program}` printed no credential")),
            secret => Ok(secret.to_owned()),
        }
    }

    /// The arguments with what they are about. A document's scopes and schemes have any name, and none becomes an option of the program.
    fn filled(&self, scheme: &str, scopes: &str) -> Result<Vec<String>, String> {
        let mut filled = Vec::with_capacity(self.arguments.len());
        let mut may_be_option = true;
        for said in &self.arguments {
            // Both are put in at once, so that a scope that is called `{scheme}` stays what it is.
            let parts: Vec<String> = said.split("{scopes}").map(|part| part.replace("{scheme}", scheme)).collect();
            let argument = parts.join(scopes);
            if may_be_option && argument.starts_with('-') && !said.starts_with('-') {
                let (argument, said) = (argument.escape_debug(), said.escape_debug());
                return Err(format!("`{argument}` would be an option; write it behind one, as in `--scope={said}`"));
            }
            may_be_option &= said != "--";
            filled.push(argument);
        }
        Ok(filled)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]
mod tests {
    use super::Mint;

    #[test]
    fn scopes_are_one_argument_whatever_they_hold() {
        let scopes: Vec<String> = ["$(id)", "`id`", "a;b", "{scheme}", "'x"].into_iter().map(str::to_owned).collect();
        let mint = Mint::read("printf '<%s>' --scope={scopes} 'two words' {scheme}").unwrap();
        assert_eq!(mint.mint("Key", &scopes).unwrap(), "<--scope=$(id) `id` a;b {scheme} 'x><two words><Key>");
        assert_eq!(Mint::read("printf '<%s>' {scopes}").unwrap().mint("Key", &[]).unwrap(), "<>");
    }

    #[test]
    fn no_scope_and_no_scheme_becomes_an_option_of_the_program() {
        let scopes = ["--output=/tmp/x".to_owned(), "files:read".to_owned()];
        for (line, scheme, minted) in [
            ("echo {scopes}", "Key", None),
            ("echo --of {scopes}", "Key", None),
            ("echo --scope={scopes} {scheme}", "-Key", None),
            ("echo --scope={scopes} {scheme}", "Key", Some("--scope=--output=/tmp/x files:read Key")),
            ("echo scopes={scopes}", "-Key", Some("scopes=--output=/tmp/x files:read")),
            ("echo -- {scopes} {scheme}", "-Key", Some("-- --output=/tmp/x files:read -Key")),
        ] {
            let told = Mint::read(line).unwrap().mint(scheme, &scopes);
            match minted {
                Some(minted) => assert_eq!(told.unwrap(), minted, "{line}"),
                None => assert!(told.unwrap_err().contains("would be an option"), "{line}"),
            }
        }
    }

    #[test]
    fn a_program_that_closes_its_output_and_goes_on_is_ended() {
        let mint = Mint::read("sh -c 'echo token; exec >&-; exec sleep 600' {scopes}").unwrap();
        let began = std::time::Instant::now();
        let told = mint.mint_within(std::time::Duration::from_millis(200), "Key", &[]);
        assert!(told.unwrap_err().contains("took more than"));
        assert!(began.elapsed() < std::time::Duration::from_secs(30));
    }

    #[test]
    fn what_is_no_command_and_what_fails_is_told() {
        for line in ["", "mint", "'unclosed {scopes}"] {
            assert!(Mint::read(line).is_err(), "{line}");
        }
        for (line, told) in [
            ("false {scopes}", "ended with"),
            ("true {scopes}", "printed no credential"),
            ("/no/such/program {scopes}", "cannot run"),
        ] {
            let error = Mint::read(line).unwrap().mint("Key", &[]).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }
}
