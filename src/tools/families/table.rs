//! The table of a comparison, in whatever form: words for a terminal, Markdown, comma-separated values, JSON; and what is said
//! below it.
//!
//! Must not know: how anything was measured, files.

use super::likely::Values;
use super::{Comparison, Effort, Row};
use crate::metrics::bound::DRAWS;
use crate::metrics::judge::CONFIDENT;
use crate::metrics::manifold::NEIGHBOURS;
use crate::tools::memory::Likeness;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Held {
    /// Nothing: [`Row::why`] may say why.
    Nothing,
    /// Words.
    Words(String),
    /// A count.
    Count(u64),
    /// A number, written with so many decimals.
    Number(f64, usize),
    /// A mean, and its standard error.
    Mean([f64; 2]),
}

/// A cell of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Name in JSON and CSV.
    pub key: &'static str,
    /// Name in the table.
    pub title: &'static str,
    /// What it holds.
    pub held: Held,
}

impl Cell {
    /// What is written.
    pub fn words(&self) -> String {
        match &self.held {
            Held::Nothing => "—".into(),
            Held::Words(words) => words.clone(),
            Held::Count(n) => grouped(*n),
            Held::Number(v, decimals) => format!("{v:.decimals$}"),
            Held::Mean([mean, error]) => format!("{mean:.2} ± {error:.2}"),
        }
    }
}

/// Whole numbers with separators: 41,300.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// The figures of a row, in the order of the table.
pub(super) fn cells(row: &Row, near_held_out: Option<f64>) -> Vec<Cell> {
    let number = |v: Option<f64>, decimals: usize| match v {
        Some(v) if v.is_finite() => Held::Number(v, decimals),
        _ => Held::Nothing,
    };
    let mean = |v: Option<[f64; 2]>| v.filter(|v| v[0].is_finite()).map_or(Held::Nothing, Held::Mean);
    let words = |w: &str| if w.is_empty() { Held::Nothing } else { Held::Words(w.into()) };
    let bound = |k: usize| mean(row.likely.and_then(|l| l.bounds).map(|b| b[k]));
    let near = row.near.zip(near_held_out).map(|(a, b)| a / b);
    let all = [
        ("model", "", words(&row.name)),
        ("run", "", words(&row.origin)),
        ("recipe", "recipe", words(&row.recipe)),
        ("loss", "loss", words(&row.loss)),
        ("parameters", "parameters", Held::Count(row.parameters[0] as u64)),
        ("parameters_drawing", "parameters without D", Held::Count(row.parameters[1] as u64)),
        ("steps", "training steps", Held::Count(row.steps)),
        ("seen", "pictures seen", Held::Count(row.seen)),
        ("seconds", "training time, s", Held::Number(row.seconds, 0)),
        ("nats_exact", "−ln p(x), exact, nats", mean(row.likely.and_then(|l| l.exact))),
        ("nats_k1", "−ELBO (k = 1), nats", bound(0)),
        ("nats_k50", "−bound, k = 50, nats", bound(1)),
        ("nats_k500", "−bound, k = 500, nats", bound(2)),
        ("bits_per_dim", "bits per dimension", number(row.likely.map(|l| l.bits()), 4)),
        (
            "likelihood_of",
            "… of pictures that are",
            row.likely.map_or(Held::Nothing, |l| words(l.values.words())),
        ),
        ("fid64", "FID64", number(row.fid, 3)),
        ("precision", "precision", number(row.precision_recall.map(|p| p.0), 3)),
        ("recall", "recall", number(row.precision_recall.map(|p| p.1), 3)),
        ("sure", "sure", number(row.sure, 3)),
        ("classes", "classes", row.classes.map_or(Held::Nothing, |n| Held::Count(n as u64))),
        ("near", "nearest training picture", number(row.near, 4)),
        ("near_ratio", "… part of held-out pictures'", number(near, 3)),
        ("ms_alone", "ms a sample, drawn alone", number(row.pace.map(|p| p[0] * 1e3), 3)),
        ("ms_together", "ms a sample, of 16", number(row.pace.map(|p| p[1] * 1e3), 3)),
    ];
    all.into_iter().map(|(key, title, held)| Cell { key, title, held }).collect()
}

/// What notes are about.
pub(super) struct Basis<'a> {
    /// What the data is called.
    pub title: &'a str,
    /// Held-out pictures that were used, and all of them.
    pub held_out: (usize, usize),
    /// What was asked for.
    pub effort: Effort,
    /// The judge, and whether it tells attributes.
    pub judge: Option<(&'a str, bool)>,
    /// What of held-out pictures the judge is sure of: classes, attributes.
    pub sure: Option<(f64, f64)>,
    /// Training pictures that were looked at, all of them, and what was compared.
    pub training: Option<(usize, usize, Likeness)>,
    /// Samples and held-out pictures for precision and recall.
    pub manifold: usize,
    /// Samples whose nearest training pictures were looked for.
    pub looked_up: usize,
    /// Samples that are drawn together when time is taken.
    pub together: usize,
    /// Mean distance of held-out pictures to their nearest training pictures.
    pub near_held_out: Option<f64>,
}

/// What the figures are, and why some are missing.
pub(super) fn notes(basis: &Basis<'_>, rows: &[Row]) -> Vec<String> {
    let mut all = vec![match basis.held_out {
        (used, of) if used == of => {
            format!("Measured on {} held-out pictures of {}.", grouped(of as u64), basis.title)
        }
        (used, of) => format!(
            "Measured on {} of {} held-out pictures of {}.",
            grouped(used as u64),
            grouped(of as u64),
            basis.title
        ),
    }];
    let likely: Vec<_> = rows.iter().filter_map(|r| r.likely).collect();
    if let Some(first) = likely.first() {
        let has = |v: Values| likely.iter().any(|l| l.values == v);
        let mut words = format!(
            "Likelihood: means over the same {} held-out pictures, an even selection, ± standard error; lower is better. Bits per dimension are nats / ({} ln 2), of the exact likelihood or of the bound with the largest k.",
            first.pictures, first.dims
        );
        if likely.iter().any(|l| l.bounds.is_some()) {
            let _ = write!(
                words,
                " A VAE has no exact one: −L_k is above −ln p(x) on average and comes down to it as k grows (importance-weighted bound, Burda et al. 2016; k = 1 is the ELBO; all k by the same {} draws of z).",
                DRAWS[DRAWS.len() - 1]
            );
        }
        all.push(words);
        if has(Values::Two) {
            all.push("Binarised: each pixel is 0 or 1, drawn with its grey value as the probability of 1, by the same random numbers for every model. A Bernoulli decoder gives such pictures a probability, grey ones it does not: what it is trained on with greys, and what `zscope eval` prints as −ELBO, is a cross-entropy and no likelihood. The encoder sees the binarised picture too.".into());
        }
        if has(Values::Dequantised) {
            all.push("Dequantised: a Gaussian decoder has a density of continuous pictures. With uniform noise of the width of a value added to 8-bit ones, −ln of that density + ln 256 a dimension is a bound for −ln P of the 8-bit pictures (Theis et al. 2016), and so comparable with models of 256 values.".into());
        }
        if has(Values::Own) {
            all.push("The model's own levels: −ln P of the values that the model itself distinguishes. With 256 of them this is comparable with 8-bit bounds, with fewer it is not.".into());
        }
        if [Values::Two, Values::Dequantised, Values::Own].into_iter().filter(|v| has(*v)).count() > 1 {
            all.push("Likelihoods of pictures of different kinds are not comparable with each other.".into());
        }
    }
    if let Some((judge, attributes)) = basis.judge {
        let real = basis.sure.map(|(class, attribute)| if attributes { attribute } else { class });
        let of = if attributes { "attributes of samples" } else { "samples" };
        all.push(format!(
            "FID64: Fréchet distance in the 64 features of {judge}, {} samples beside the held-out pictures; not comparable with Inception's FID. Sure: {of} named with p ≥ {CONFIDENT}{}.",
            grouped(basis.effort.samples as u64),
            real.map_or(String::new(), |s| format!("; of held-out pictures {s:.3}"))
        ));
        all.push(format!(
            "Precision and recall: the share of samples on the data's manifold, and of data on the samples', in the same features (Kynkäänniemi et al. 2019, k = {NEIGHBOURS}, {} of each).",
            grouped(basis.manifold as u64)
        ));
    } else {
        all.push("No shipped classifier knows what these pictures' labels name, so there is no FID64, no precision and no recall.".into());
    }
    if let (Some((looked, of, by)), Some(held_out)) = (basis.training, basis.near_held_out) {
        let how = match by {
            Likeness::Features => "in the judge's features",
            Likeness::Pixels => "in pixels, where blurred pictures are near to all others",
        };
        let among = if looked == of {
            grouped(of as u64)
        } else {
            format!("{} of {}", grouped(looked as u64), grouped(of as u64))
        };
        all.push(format!(
            "Nearest training picture: mean root-mean-square difference {how} of {} samples to the nearest of {among} training pictures; of held-out pictures it is {held_out:.4}. A model that copies its training pictures is well below 1 part of that.",
            basis.looked_up
        ));
    }
    all.push(format!(
        "Time of a sample: median, on the machine that compared, {} drawn together in the second line. Training times are those of the machines that trained.",
        basis.together
    ));
    for row in rows {
        for (what, why) in &row.why {
            all.push(format!("{} has no {what}: {why}.", row.name));
        }
    }
    all
}

impl Comparison {
    /// The rows of the table as words: the titles, then each model's cells. Figures that no model has are left out.
    pub fn lines(&self) -> Vec<Vec<String>> {
        let all: Vec<Vec<Cell>> = self.rows.iter().map(|r| self.cells(r)).collect();
        let Some(first) = all.first() else { return Vec::new() };
        let mut lines = Vec::new();
        for (i, cell) in first.iter().enumerate() {
            let empty = all.iter().all(|cells| cells[i].held == Held::Nothing);
            if cell.key == "run" || empty {
                continue;
            }
            let own = all.iter().map(|cells| cells[i].words());
            lines.push(std::iter::once(cell.title.to_string()).chain(own).collect());
        }
        lines
    }

    /// For a terminal.
    pub fn text(&self) -> String {
        let lines = self.lines();
        let wide = |column: usize| lines.iter().map(|l| l[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..=self.rows.len()).map(wide).collect();
        let mut out = String::new();
        for line in &lines {
            let pad = |(i, cell): (usize, &String)| {
                let room = " ".repeat(widths[i] - cell.chars().count());
                if i == 0 { format!("{cell}{room}") } else { format!("{room}{cell}") }
            };
            let cells: Vec<String> = line.iter().enumerate().map(pad).collect();
            let _ = writeln!(out, "{}", cells.join("  ").trim_end());
        }
        out
    }

    /// As Markdown. `picture`: the file beside it with the sheets.
    pub fn markdown(&self, picture: Option<&str>) -> String {
        let safe = |cell: &String| cell.replace('|', "\\|");
        let mut out = String::new();
        for (i, line) in self.lines().iter().enumerate() {
            let cells: Vec<String> = line.iter().map(safe).collect();
            let _ = writeln!(out, "| {} |", cells.join(" | "));
            if i == 0 {
                let _ = writeln!(out, "|---|{}", "---:|".repeat(self.rows.len()));
            }
        }
        out.push('\n');
        for note in &self.notes {
            let _ = writeln!(out, "- {note}");
        }
        if let Some(picture) = picture {
            let _ = write!(out, "\n![Samples, reconstructions and ways between two pictures]({picture})\n");
        }
        out
    }

    /// As comma-separated values, a row for each model; the notes stand below as lines that begin with #.
    pub fn csv(&self) -> String {
        let mut out = String::new();
        for (i, row) in self.rows.iter().enumerate() {
            let fields = fields(&self.cells(row));
            if i == 0 {
                let heads: Vec<String> = fields.iter().map(|(key, _)| key.clone()).collect();
                let _ = writeln!(out, "{}", heads.join(","));
            }
            let values: Vec<String> = fields
                .iter()
                .map(|(_, value)| match value {
                    Value::Null => String::new(),
                    Value::String(words) => quoted(words),
                    value => value.to_string(),
                })
                .collect();
            let _ = writeln!(out, "{}", values.join(","));
        }
        for note in &self.notes {
            let _ = writeln!(out, "# {note}");
        }
        out
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        json!({
            "data": self.data,
            "near_held_out": self.near_held_out,
            "models": self.rows.iter().map(|row| self.object(row)).collect::<Vec<_>>(),
            "notes": self.notes,
        })
    }

    /// One model's figures as a JSON object.
    pub fn object(&self, row: &Row) -> Value {
        let mut all: Map<String, Value> = fields(&self.cells(row)).into_iter().collect();
        all.insert("likelihood_pictures".into(), json!(row.likely.map(|l| l.pictures)));
        let why: Map<String, Value> =
            row.why.iter().map(|(what, why)| ((*what).into(), json!(why))).collect();
        all.insert("why_none".into(), Value::Object(why));
        Value::Object(all)
    }
}

/// Cells as named values; a mean's error has a name of its own.
fn fields(cells: &[Cell]) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for Cell { key, held, .. } in cells {
        let value = match held {
            Held::Nothing => Value::Null,
            Held::Words(words) => json!(words),
            Held::Count(n) => json!(n),
            Held::Number(v, _) | Held::Mean([v, _]) => json!(v),
        };
        all.push(((*key).to_string(), value));
        // Whether or not there is one, so that all rows have the same columns.
        if key.starts_with("nats_") {
            let error = if let Held::Mean([_, error]) = held { json!(error) } else { Value::Null };
            all.push((format!("{key}_error"), error));
        }
    }
    all
}

/// A cell of comma-separated values.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.into() }
}
