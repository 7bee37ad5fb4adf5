//! A small table beside a run's losses, of what is measured now and then: a CSV with a row for a step, append-only.
//!
//! Must not know: what is measured.

use crate::weights::whole;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Name of the table: the share of pictures of which the judge is sure, then the share of each class among all. A column
/// of the pictures without an attribute begins with [`WITHOUT`].
pub const CLASSES: &str = "classes.csv";

/// What a table holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Names of the columns.
    pub names: Vec<String>,
    /// Steps and values, by step.
    pub rows: Vec<(u64, Vec<f32>)>,
    /// Size of the file that it was read from.
    pub bytes: u64,
}

impl Table {
    /// Reads the whole rows of a file; empty when there is none.
    pub fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let mut lines = whole.lines();
        let names: Vec<String> =
            lines.next().unwrap_or_default().split(',').skip(1).map(str::to_string).collect();
        let mut rows: Vec<(u64, Vec<f32>)> = Vec::new();
        for line in lines {
            let mut parts = line.split(',');
            let step = parts.next().and_then(|s| s.parse::<u64>().ok());
            let values: Vec<f32> = parts.map(|v| v.parse().unwrap_or(f32::NAN)).collect();
            if let Some(step) = step.filter(|s| rows.last().is_none_or(|(last, _)| last < s))
                && values.len() == names.len()
            {
                rows.push((step, values));
            }
        }
        Self { names, rows, bytes: text.len() as u64 }
    }

    /// The values of a column, by step.
    pub fn column(&self, i: usize) -> impl Iterator<Item = (u64, f32)> + '_ {
        self.rows.iter().filter_map(move |(step, row)| Some((*step, *row.get(i)?)))
    }

    fn text(&self) -> String {
        let mut text = format!("step,{}\n", self.names.join(","));
        self.rows.iter().for_each(|(step, row)| text += &line(*step, row));
        text
    }
}

fn line(step: u64, row: &[f32]) -> String {
    let row: Vec<String> = row.iter().map(f32::to_string).collect();
    format!("{step},{}\n", row.join(","))
}

/// A table that is being written.
pub struct TableFile {
    path: PathBuf,
    last: Option<u64>,
    /// Its columns; empty as long as there is no file.
    names: Vec<String>,
}

impl TableFile {
    /// Opens the table, and drops its rows after step `from`.
    pub fn open(path: PathBuf, from: u64) -> Self {
        let mut file = Self { path, last: None, names: Vec::new() };
        file.rewind(from);
        file
    }

    /// Drops the rows after `step`.
    pub fn rewind(&mut self, step: u64) {
        let mut table = Table::read(&self.path);
        let before = table.rows.len();
        table.rows.retain(|(s, _)| *s <= step);
        self.last = table.rows.last().map(|(s, _)| *s);
        self.names.clone_from(&table.names);
        if table.rows.len() < before {
            // A table that cannot be written now is read with rows too many, which readers pass over.
            let _ = whole::write_lightly(&self.path, table.text().as_bytes());
        }
    }

    /// Appends a row; the first one names the columns. A later one that names others too gets columns of its own: what is
    /// measured may come while a run goes on (a layer that a setting adds), and go.
    pub fn append(&mut self, step: u64, names: &[String], row: &[f32]) -> Result<(), String> {
        if self.last.is_some_and(|last| last >= step) {
            return Ok(());
        }
        if !self.path.exists() {
            self.names.clear();
        }
        let new: Vec<String> = names.iter().filter(|n| !self.names.contains(n)).cloned().collect();
        if !self.names.is_empty() && !new.is_empty() {
            self.widen(&new)?;
        }
        let say = |e: std::io::Error| format!("{} could not be written: {e}", self.path.display());
        let mut text = String::new();
        if self.names.is_empty() {
            text = format!("step,{}\n", names.join(","));
            self.names = names.to_vec();
        }
        if names == self.names {
            text += &line(step, row);
        } else {
            let value =
                |name: &String| names.iter().position(|n| n == name).and_then(|i| row.get(i).copied());
            let all: Vec<f32> = self.names.iter().map(|n| value(n).unwrap_or(f32::NAN)).collect();
            text += &line(step, &all);
        }
        let mut file = OpenOptions::new().create(true).append(true).open(&self.path).map_err(say)?;
        file.write_all(text.as_bytes()).map_err(say)?;
        self.last = Some(step);
        Ok(())
    }

    /// Adds columns, which are no number in the rows so far.
    fn widen(&mut self, new: &[String]) -> Result<(), String> {
        let mut table = Table::read(&self.path);
        table.names.extend_from_slice(new);
        let columns = table.names.len();
        table.rows.iter_mut().for_each(|(_, row)| row.resize(columns, f32::NAN));
        whole::write_lightly(&self.path, table.text().as_bytes())?;
        self.names = table.names;
        Ok(())
    }
}
