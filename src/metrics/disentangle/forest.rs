//! A random forest (Breiman 2001) that says how much it used each column: bagged regression trees on columns cut at
//! their quantiles, every column a candidate at every split (trees that may only choose among a few are driven to
//! columns that mean nothing, which would look like entanglement). Importance is the mean decrease of the squared
//! error; for one number per class that is the Gini impurity's.
//!
//! Must not know: what columns and targets are.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rayon::prelude::*;

/// Trees in a forest.
const TREES: u64 = 16;
/// Quantiles at which a column can be split.
const CUTS: usize = 64;
/// Fewest pictures in a leaf.
const LEAF: usize = 4;
/// A node whose squared error is this part of the root's, or less, is not split.
const PURE: f64 = 1e-6;
/// Seed of the bagging.
const SEED: u64 = 0xf0_5e57;

/// Columns of numbers, cut into at most 65 bins each.
pub(super) struct Table {
    columns: Vec<Vec<u8>>,
}

impl Table {
    /// Cuts each column at its quantiles.
    pub fn new(columns: &[Vec<f32>]) -> Self {
        let cut = |column: &Vec<f32>| {
            let mut sorted = column.clone();
            sorted.sort_by(f32::total_cmp);
            let mut cuts: Vec<f32> =
                (1..=CUTS).map(|q| sorted[(sorted.len() - 1) * q / (CUTS + 1)]).collect();
            cuts.dedup();
            column.iter().map(|v| cuts.partition_point(|c| c < v) as u8).collect()
        };
        Self { columns: columns.par_iter().map(cut).collect() }
    }
}

enum Node {
    /// Rows whose `column` is at most `bin` go to `left`, others to `left + 1`.
    Split {
        column: usize,
        bin: u8,
        left: usize,
    },
    Leaf(Vec<f64>),
}

struct Tree {
    nodes: Vec<Node>,
    importance: Vec<f64>,
}

/// The forest.
pub(super) struct Forest {
    trees: Vec<Tree>,
    importance: Vec<f64>,
}

impl Forest {
    /// Learns `target[row]` (one or more numbers, all rows alike) from the given rows of the table.
    pub fn fit(table: &Table, target: &[Vec<f32>], rows: &[usize]) -> Self {
        let grow = |seed| {
            let mut rng = Pcg64Mcg::seed_from_u64(SEED + seed);
            let bag = (0..rows.len()).map(|_| rows[rng.random_range(0..rows.len())]).collect();
            Tree::grow(table, target, bag)
        };
        let trees: Vec<Tree> =
            if rows.is_empty() { Vec::new() } else { (0..TREES).into_par_iter().map(grow).collect() };
        let sum = |c: usize| trees.iter().map(|t| t.importance[c]).sum();
        let importance = (0..table.columns.len()).map(sum).collect();
        Self { trees, importance }
    }

    /// How much the squared error decreased by splits on each column, over all trees.
    pub fn importance(&self) -> &[f64] {
        &self.importance
    }

    /// The mean of the trees' answers for a row.
    pub fn predict(&self, table: &Table, row: usize) -> Vec<f64> {
        let mut mean: Vec<f64> = Vec::new();
        for tree in &self.trees {
            let leaf = tree.leaf(table, row);
            mean.resize(leaf.len(), 0.0);
            leaf.iter().zip(&mut mean).for_each(|(v, m)| *m += v / self.trees.len() as f64);
        }
        mean
    }
}

/// Count and sums of the targets of some rows.
#[derive(Clone)]
struct Sums {
    n: f64,
    of: Vec<f64>,
}

impl Sums {
    fn zero(width: usize) -> Self {
        Self { n: 0.0, of: vec![0.0; width] }
    }

    /// Adds a bin (its count, then its sums), or takes it away with `sign` −1.
    fn add(&mut self, bin: &[f64], sign: f64) {
        self.n += sign * bin[0];
        self.of.iter_mut().zip(&bin[1..]).for_each(|(s, b)| *s += sign * b);
    }

    /// Σ S² / n: what is left out of the squared error by answering with the mean.
    fn explained(&self) -> f64 {
        if self.n > 0.0 { self.of.iter().map(|s| s * s).sum::<f64>() / self.n } else { 0.0 }
    }
}

struct Split {
    gain: f64,
    column: usize,
    bin: u8,
}

impl Tree {
    fn grow(table: &Table, target: &[Vec<f32>], mut rows: Vec<usize>) -> Self {
        let width = target[rows[0]].len();
        let mut tree =
            Self { nodes: vec![Node::Leaf(Vec::new())], importance: vec![0.0; table.columns.len()] };
        let mut open = vec![(0, 0..rows.len())];
        let mut root = None;
        while let Some((node, range)) = open.pop() {
            let here = &mut rows[range.clone()];
            let mut sums = Sums::zero(width);
            let mut squares = 0.0;
            for &row in here.iter() {
                sums.n += 1.0;
                for (s, t) in sums.of.iter_mut().zip(&target[row]) {
                    *s += f64::from(*t);
                    squares += f64::from(*t).powi(2);
                }
            }
            let error = squares - sums.explained();
            let limit = PURE * *root.get_or_insert(error);
            let split = if error > limit { best(table, target, here, &sums) } else { None };
            let Some(split) = split.filter(|s| s.gain > limit) else {
                tree.nodes[node] = Node::Leaf(sums.of.iter().map(|s| s / sums.n).collect());
                continue;
            };
            tree.importance[split.column] += split.gain;
            let column = &table.columns[split.column];
            let mut middle = 0;
            for i in 0..here.len() {
                if column[here[i]] <= split.bin {
                    here.swap(i, middle);
                    middle += 1;
                }
            }
            let left = tree.nodes.len();
            tree.nodes.extend([Node::Leaf(Vec::new()), Node::Leaf(Vec::new())]);
            tree.nodes[node] = Node::Split { column: split.column, bin: split.bin, left };
            open.push((left, range.start..range.start + middle));
            open.push((left + 1, range.start + middle..range.end));
        }
        tree
    }

    fn leaf(&self, table: &Table, row: usize) -> &[f64] {
        let mut at = 0;
        loop {
            match &self.nodes[at] {
                Node::Leaf(values) => return values,
                Node::Split { column, bin, left } => {
                    at = left + usize::from(table.columns[*column][row] > *bin);
                }
            }
        }
    }
}

/// The split that lowers the squared error most, with at least [`LEAF`] rows on each side.
fn best(table: &Table, target: &[Vec<f32>], rows: &[usize], all: &Sums) -> Option<Split> {
    let width = all.of.len();
    let mut best: Option<Split> = None;
    // Of each bin the count, then the sums.
    let mut bins = vec![0.0f64; (CUTS + 1) * (width + 1)];
    for (c, column) in table.columns.iter().enumerate() {
        bins.fill(0.0);
        for &row in rows {
            let bin = &mut bins[usize::from(column[row]) * (width + 1)..][..=width];
            bin[0] += 1.0;
            bin[1..].iter_mut().zip(&target[row]).for_each(|(s, t)| *s += f64::from(*t));
        }
        let mut left = Sums::zero(width);
        let mut right = all.clone();
        for (b, bin) in bins.chunks_exact(width + 1).enumerate() {
            left.add(bin, 1.0);
            right.add(bin, -1.0);
            if left.n < LEAF as f64 || bin[0] == 0.0 {
                continue;
            }
            if right.n < LEAF as f64 {
                break;
            }
            let gain = left.explained() + right.explained() - all.explained();
            if best.as_ref().is_none_or(|s| gain > s.gain) {
                best = Some(Split { gain, column: c, bin: b as u8 });
            }
        }
    }
    best
}
