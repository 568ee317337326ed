//! A real Chromium, driven by ChromeDriver over WebDriver's JSON [W3C WebDriver], with the standard library alone.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::run::Folder;

/// Keys that are no characters, as WebDriver names them.
pub(crate) mod keys {
    pub(crate) const LEFT: char = '\u{e012}';
    pub(crate) const UP: char = '\u{e013}';
    pub(crate) const RIGHT: char = '\u{e014}';
    pub(crate) const DOWN: char = '\u{e015}';
    pub(crate) const END: char = '\u{e010}';
    pub(crate) const PAGE_DOWN: char = '\u{e00f}';
    pub(crate) const TAB: char = '\u{e004}';
    pub(crate) const ENTER: char = '\u{e007}';
    pub(crate) const ESCAPE: char = '\u{e00c}';
}

/// A browser of one test, closed at its end.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    /// The profile, and the pages.
    folder: Folder,
}

impl Browser {
    /// `None` where there is no browser, which is said.
    pub(crate) fn open() -> Option<Self> {
        let browsers = ["chromium", "chromium-browser", "google-chrome", "chrome"];
        let answers = |browser: &str| Command::new(browser).arg("--version").output().is_ok();
        if !browsers.into_iter().any(answers) {
            eprintln!("skipped: there is no Chromium; Debian's packages are `chromium` and `chromium-driver`");
            return None;
        }
        let started = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut driver) = started else {
            eprintln!("skipped: there is no `chromedriver`; Debian's packages are `chromium` and `chromium-driver`");
            return None;
        };
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            line.ok()?.split_once("started successfully on port ")?.1.trim_end_matches('.').parse().ok()
        });
        // Whatever it says later has to go somewhere.
        std::thread::spawn(move || lines.for_each(drop));
        let folder = Folder::new();
        let mut browser =
            Self { driver, port: port.expect("chromedriver tells its port"), session: String::new(), folder };
        let profile = format!("--user-data-dir={}", browser.folder.0.join("profile").display());
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            &profile,
        ];
        let capabilities = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        }}});
        let session = browser.request("POST", "/session", &capabilities);
        browser.session = session["sessionId"].as_str().expect("a session").to_owned();
        browser.size(1440, 900);
        Some(browser)
    }

    /// Shows a page, with what is after its `#`.
    pub(crate) fn show(&self, page: &str, hash: &str) {
        let file = self.folder.0.join("page.html");
        std::fs::write(&file, page).unwrap();
        // Another address, as one that differs after the `#` only would not be loaded anew.
        self.command("POST", "url", &json!({ "url": "about:blank" }));
        self.command("POST", "url", &json!({ "url": format!("file://{}#{hash}", file.display()) }));
    }

    /// What a script returns.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.command("POST", "execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Waits until a script returns `true`.
    #[track_caller]
    pub(crate) fn until(&self, script: &str) {
        let patience = Instant::now() + Duration::from_secs(20);
        while self.run(script) != json!(true) {
            assert!(Instant::now() < patience, "never true: {script}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Presses keys, one after the other, as a person does.
    pub(crate) fn press(&self, keys: &str) {
        let actions: Vec<Value> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() })))
            .collect();
        self.command("POST", "actions", &json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] }));
    }

    /// Clicks the first element of a selector, at its place, as a person does.
    pub(crate) fn click(&self, selector: &str) {
        let found = self.command("POST", "element", &json!({ "using": "css selector", "value": selector }));
        let element = found.as_object().and_then(|found| found.values().next()).and_then(Value::as_str);
        let element = element.unwrap_or_else(|| panic!("no `{selector}`: {found}")).to_owned();
        self.command("POST", &format!("element/{element}/click"), &json!({}));
    }

    pub(crate) fn size(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// Which colours the reader prefers: `dark` or `light`.
    pub(crate) fn prefer(&self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", &features);
    }

    pub(crate) fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.command("POST", "goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// The page as it is printed: a PDF.
    pub(crate) fn print(&self) -> Vec<u8> {
        let printed = self.command("POST", "print", &json!({ "orientation": "landscape" }));
        data_encoding::BASE64.decode(printed.as_str().unwrap().as_bytes()).unwrap()
    }

    /// Keeps a picture, where `AUDIT_PICTURES` names a folder for them.
    pub(crate) fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("AUDIT_PICTURES") else { return };
        let picture = self.command("GET", "screenshot", &Value::Null);
        let bytes = data_encoding::BASE64.decode(picture.as_str().unwrap().as_bytes()).unwrap();
        std::fs::write(Path::new(&folder).join(format!("{name}.png")), bytes).unwrap();
    }

    /// What the browser complained about since it was last asked: errors of scripts, and what the page's policy forbade.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let log = self.command("POST", "se/log", &json!({ "type": "browser" }));
        log.as_array().unwrap().iter().map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    #[track_caller]
    fn command(&self, method: &str, command: &str, body: &Value) -> Value {
        self.request(method, &format!("/session/{}/{command}", self.session), body)
    }

    #[track_caller]
    fn request(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        for line in reader.by_ref().lines() {
            let line = line.unwrap().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer).unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        let value = &answer["value"];
        assert!(value.get("error").is_none() || value.get("stacktrace").is_none(), "{path}: {}", value["message"]);
        value.clone()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Closes the browser, which would outlive its driver. Nothing here may panic: a test may be failing already.
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
            let _ = write!(
                stream,
                "DELETE /session/{} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
                self.session
            );
            let _ = stream.read(&mut [0; 64]);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
