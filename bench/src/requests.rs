//! Requests that hit every operation in random order, one in ten of them a miss.

use crate::oracle::Oracle;
use crate::workload::with_names;

/// A request and the operation it must lead to.
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) operation: Option<u32>,
}

/// How many requests there are at least, so that small documents are not learned by heart.
const LEAST: usize = 4096;

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

pub(crate) fn requests(operations: &[(&str, &str)], oracle: &Oracle<'_>) -> Vec<Request> {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut order: Vec<usize> = Vec::new();
    while order.len() < LEAST {
        order.extend(0..operations.len());
    }
    for last in (1..order.len()).rev() {
        order.swap(last, random.below(last + 1));
    }
    let mut requests = Vec::with_capacity(order.len());
    for index in order {
        let Some((method, template)) = operations.get(index) else { continue };
        let mut path = with_names(template, |_| random.value());
        let mut asked = METHODS.into_iter().find(|known| known == method).unwrap_or("GET");
        if random.below(10) == 0 {
            match random.below(3) {
                0 => path.push_str("/none"),
                1 => asked = "OPTIONS",
                _ => path = misspelt(&path, random.below(path.len())),
            }
        }
        let operation = oracle.route(asked, &path);
        requests.push(Request { method: asked, path, operation });
    }
    requests
}

/// The path with one letter of it, at or after a place, replaced.
fn misspelt(path: &str, from: usize) -> String {
    let mut replaced = false;
    let letters = path.char_indices().map(|(at, letter)| {
        let here = !replaced && at >= from && letter != '/';
        replaced |= here;
        if here { '_' } else { letter }
    });
    letters.collect()
}

/// A small generator with a fixed seed: every run asks the same.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 33) as usize % bound.max(1)
    }

    /// What identifiers in paths look like: a number, a UUID, a slug.
    fn value(&mut self) -> String {
        match self.below(3) {
            0 => (self.next() >> (34 + self.below(20))).to_string(),
            1 => {
                let (high, low) = (self.next(), self.next());
                let (b, c) = (high >> 16 & 0xffff, high & 0xffff);
                format!("{:08x}-{b:04x}-{c:04x}-{:04x}-{:012x}", high >> 32, low >> 48, low & 0xffff_ffff_ffff)
            }
            _ => format!("item-{:x}", self.next() >> (16 + self.below(32))),
        }
    }
}
