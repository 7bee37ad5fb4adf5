//! A table's file as rows of cells: comma, semicolon or tab, UTF-8, UTF-16 or Latin-1, JSON lines, StyleGAN's list.
//!
//! Must not know: what the cells mean.

use std::path::Path;

/// Largest table that is read.
const MAX_FILE: u64 = 256 << 20;

/// Rows of a table as they stand in the file.
pub(super) struct Raw {
    /// The line in the file, and its cells; the first may be the header.
    pub(super) rows: Vec<(usize, Vec<String>)>,
    /// How many lines make no sense, and the first of them.
    pub(super) wrong: (usize, usize),
    /// Whether a comma may stand in numbers for the point.
    pub(super) comma: bool,
}

/// Reads a table. Fails with what is wrong with it.
pub(super) fn read(file: &Path) -> Result<Raw, String> {
    let unreadable = |e: std::io::Error| format!("it cannot be read ({e}), so there are no labels");
    if std::fs::metadata(file).map_err(unreadable)?.len() > MAX_FILE {
        return Err(format!("it is larger than {} MiB, so there are no labels", MAX_FILE >> 20));
    }
    let text = text_of(&std::fs::read(file).map_err(unreadable)?);
    let ends = |ending: &str| file.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending));
    if ends("jsonl") {
        return Ok(json_lines(&text));
    }
    if ends("json") {
        return stylegan(&text);
    }
    Ok(separated(&text, ends("tsv")))
}

/// Text of bytes: by its byte order mark, else UTF-8, else Latin-1, in which every byte is a letter.
fn text_of(bytes: &[u8]) -> String {
    let wide = |bytes: &[u8], word: fn([u8; 2]) -> u16| {
        let words: Vec<u16> = bytes.chunks_exact(2).map(|pair| word([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&words)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => text_of(rest),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => bytes.iter().map(|b| char::from(*b)).collect(),
        },
    }
}

/// Rows of separated cells. A line `sep=;` (a spreadsheet's) names the separator; lines that begin with # and empty
/// ones count for nothing.
fn separated(text: &str, tabs: bool) -> Raw {
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    let used = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let said = unified.lines().find(used).and_then(|line| {
        let rest = line.trim().trim_matches('"').strip_prefix("sep=")?;
        if rest.is_empty() { Some('\t') } else { rest.chars().next() }
    });
    let lines =
        || unified.lines().enumerate().filter(|(_, line)| used(line)).skip(usize::from(said.is_some()));
    let separator = said.unwrap_or_else(|| {
        let first = lines().next().map_or("", |(_, line)| line);
        let outside = |c: char| cells(first, c).len();
        let best = ['\t', ';', ','].into_iter().max_by_key(|c| (outside(*c), *c == ','));
        if tabs && outside('\t') > 1 { '\t' } else { best.unwrap_or(',') }
    });
    let rows = lines().map(|(i, line)| (i + 1, cells(line, separator))).collect();
    Raw { rows, wrong: (0, 0), comma: separator != ',' }
}

/// Rows of JSON objects, one a line; the first names the columns.
fn json_lines(text: &str) -> Raw {
    let mut names: Vec<String> = Vec::new();
    let (mut objects, mut wrong) = (Vec::new(), (0, 0));
    for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(line) {
            Ok(object) => {
                for name in object.keys().filter(|name| !names.contains(name)).cloned().collect::<Vec<_>>() {
                    names.push(name);
                }
                objects.push((i + 1, object));
            }
            Err(_) => wrong = (wrong.0 + 1, if wrong.0 == 0 { i + 1 } else { wrong.1 }),
        }
    }
    let cells = |object: &serde_json::Map<String, serde_json::Value>| {
        names.iter().map(|name| object.get(name).map_or_else(String::new, cell)).collect()
    };
    let mut rows = vec![(0, names.clone())];
    rows.extend(objects.iter().map(|(line, object)| (*line, cells(object))));
    Raw { rows, wrong, comma: false }
}

/// A JSON value as a cell.
fn cell(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// StyleGAN's list: `{"labels": [["00000/img00000000.png", 6], …]}`; a label may be a number or several.
fn stylegan(text: &str) -> Result<Raw, String> {
    let whole: serde_json::Value =
        serde_json::from_str(text).map_err(|e| format!("it is no JSON ({e}), so there are no labels"))?;
    let Some(labels) = whole.get("labels").and_then(serde_json::Value::as_array) else {
        return Err(
            "it has no list called labels, as StyleGAN's has, or none with classes, so there are no labels"
                .into(),
        );
    };
    let mut rows: Vec<(usize, Vec<String>)> = Vec::new();
    let (mut wrong, mut most) = ((0, 0), 1);
    for (i, label) in labels.iter().enumerate() {
        match label.as_array().map(Vec::as_slice) {
            Some([serde_json::Value::String(file), value]) => {
                let mut row = vec![file.clone()];
                match value.as_array() {
                    Some(many) => row.extend(many.iter().map(cell)),
                    None => row.push(cell(value)),
                }
                most = most.max(row.len() - 1);
                rows.push((i + 1, row));
            }
            _ => wrong = (wrong.0 + 1, if wrong.0 == 0 { i + 1 } else { wrong.1 }),
        }
    }
    let name = |i: usize| if most == 1 { "label".to_string() } else { format!("label {i}") };
    rows.insert(0, (0, std::iter::once("file".to_string()).chain((0..most).map(name)).collect()));
    Ok(Raw { rows, wrong, comma: false })
}

/// The cells of a line; one in double quotes may hold the separator, and a quote as two quotes (RFC 4180, except that
/// a cell ends with its line).
fn cells(line: &str, separator: char) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' if quoted || cell.trim().is_empty() => quoted = !quoted,
            _ if letter == separator && !quoted => cells.push(std::mem::take(&mut cell).trim().to_string()),
            _ => cell.push(letter),
        }
    }
    cells.push(cell.trim().to_string());
    cells
}
