//! The losses as a TensorBoard event file: records of TensorFlow's TFRecord format, each holding one `Event` of its
//! `event.proto`. The few fields that scalars need are written as they stand on the wire (protobuf's encoding).
//!
//! A long run gives a small file: a loss is written for every step up to a thousand, and from then on as the mean since
//! the value before, about a thousand times for each factor of e in the steps. Of the samples that are recorded some go
//! in too, about eight for each factor of e, as long as they have room together.
//!
//! Must not know: what trains, what the losses mean.

use super::grid::Drawn;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Values are at most this part of their step apart.
const PART: u64 = 1000;
/// Pictures are at least this part of their step apart.
const PICTURES: u64 = 8;
/// Bytes of pictures in one file; later ones are left out.
const ROOM: usize = 32 << 20;
/// What the pictures are called.
const SAMPLES: &str = "samples";

/// An event file that is being written.
pub struct Board {
    file: File,
    tags: Vec<String>,
    /// Sum of each loss since the last value, and of how many steps.
    sums: Vec<f64>,
    count: u64,
    last: u64,
    /// Step of the next picture, and bytes of those so far.
    next: u64,
    shown: usize,
}

impl Board {
    /// Starts a file in `folder` for values after step `from`; those that earlier files have after it are void.
    pub fn new(folder: &Path, tags: &[String], from: u64) -> std::io::Result<Self> {
        let now = now();
        let mut file = None;
        // Two starts within a second must not share a file.
        for n in 0..1000 {
            let path = folder.join(format!("events.out.tfevents.{:010}.zscope.{n}", now as u64));
            match OpenOptions::new().append(true).create_new(true).open(path) {
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                opened => {
                    file = Some(opened?);
                    break;
                }
            }
        }
        let file = file.ok_or_else(|| std::io::Error::other("a thousand event files in one second"))?;
        let mut board = Self {
            file,
            tags: tags.to_vec(),
            sums: vec![0.0; tags.len()],
            count: 0,
            last: from,
            next: from,
            shown: 0,
        };
        let mut first = Vec::new();
        record(&mut first, &event(0, |m| text(m, 3, "brain.Event:2")));
        // SessionLog { status: START }: what other files say of later steps is forgotten by readers.
        record(&mut first, &event(from + 1, |m| message(m, 7, |log| number(log, 1, 1))));
        board.file.write_all(&first)?;
        Ok(board)
    }

    /// Takes in the losses of consecutive steps from `first` on.
    pub fn append(&mut self, first: u64, rows: &[Vec<f32>]) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        for (step, row) in (first..).zip(rows) {
            for (sum, v) in self.sums.iter_mut().zip(row) {
                *sum += f64::from(*v);
            }
            self.count += 1;
            if step >= self.last + (self.last / PART).max(1) {
                let means = self.sums.iter().map(|s| (s / self.count as f64) as f32);
                let values: Vec<(&str, f32)> =
                    self.tags.iter().map(String::as_str).zip(means).filter(|(_, v)| !v.is_nan()).collect();
                record(&mut bytes, &event(step, |m| message(m, 5, |summary| scalars(summary, &values))));
                self.sums.fill(0.0);
                (self.count, self.last) = (0, step);
            }
        }
        self.file.write_all(&bytes)
    }

    /// Takes in samples that were recorded.
    pub fn picture(&mut self, step: u64, samples: &Drawn) -> std::io::Result<()> {
        if step < self.next || self.shown + samples.png.len() > ROOM {
            return Ok(());
        }
        self.next = step + (step / PICTURES).max(1);
        self.shown += samples.png.len();
        let mut content = Vec::new();
        record(&mut content, &event(step, |m| message(m, 5, |summary| image(summary, samples))));
        self.file.write_all(&content)
    }
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64())
}

/// `Event { wall_time = 1, step = 2, what = … }`.
fn event(step: u64, what: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut m = vec![1 << 3 | 1];
    m.extend(now().to_le_bytes());
    number(&mut m, 2, step);
    what(&mut m);
    m
}

/// `Summary { value = 1 { tag = 1, simple_value = 2 } }`.
fn scalars(summary: &mut Vec<u8>, values: &[(&str, f32)]) {
    for (tag, value) in values {
        message(summary, 1, |v| {
            text(v, 1, tag);
            v.push(2 << 3 | 5);
            v.extend(value.to_le_bytes());
        });
    }
}

/// `Summary { value = 1 { tag = 1, image = 4 { height = 1, width = 2, colorspace = 3, encoded_image_string = 4 } } }`.
fn image(summary: &mut Vec<u8>, samples: &Drawn) {
    message(summary, 1, |v| {
        text(v, 1, SAMPLES);
        message(v, 4, |i| {
            number(i, 1, samples.height as u64);
            number(i, 2, samples.width as u64);
            number(i, 3, samples.channels as u64);
            bytes(i, 4, &samples.png);
        });
    });
}

fn varint(m: &mut Vec<u8>, mut v: u64) {
    while v >= 0x80 {
        m.push(v as u8 | 0x80);
        v >>= 7;
    }
    m.push(v as u8);
}

fn number(m: &mut Vec<u8>, field: u8, v: u64) {
    m.push(field << 3);
    varint(m, v);
}

fn bytes(m: &mut Vec<u8>, field: u8, content: &[u8]) {
    m.push(field << 3 | 2);
    varint(m, content.len() as u64);
    m.extend(content);
}

fn text(m: &mut Vec<u8>, field: u8, s: &str) {
    bytes(m, field, s.as_bytes());
}

fn message(m: &mut Vec<u8>, field: u8, fill: impl FnOnce(&mut Vec<u8>)) {
    let mut inner = Vec::new();
    fill(&mut inner);
    bytes(m, field, &inner);
}

/// TFRecord: length, its masked CRC32C, content, its masked CRC32C, all little-endian.
fn record(out: &mut Vec<u8>, content: &[u8]) {
    let masked = |b: &[u8]| crc32c::crc32c(b).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes();
    let length = (content.len() as u64).to_le_bytes();
    out.extend(length);
    out.extend(masked(&length));
    out.extend(content);
    out.extend(masked(content));
}
