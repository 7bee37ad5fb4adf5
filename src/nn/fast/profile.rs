//! Where the time of training steps goes: calls, time, arithmetic and bytes of each operation, while somebody asks for it.
//!
//! Must not know: layers, systems, who asks.

use super::gemm::{Mat, product};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

static ON: AtomicBool = AtomicBool::new(false);
static ROWS: Mutex<BTreeMap<&'static str, Row>> = Mutex::new(BTreeMap::new());

/// What one operation came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Row {
    /// How often it was called.
    pub calls: u64,
    /// How long it took in all.
    pub time: Duration,
    /// Multiplications and additions of matrix products; those of passes over memory are not counted.
    pub flops: u64,
    /// Bytes that it can't do without: each input read once, each output written once.
    pub bytes: u64,
}

/// Counts from now on, from nothing.
pub fn begin() {
    rows().clear();
    ON.store(true, Relaxed);
}

/// What was counted since [`begin`], by the operations' names; nothing is counted any more.
pub fn end() -> BTreeMap<&'static str, Row> {
    ON.store(false, Relaxed);
    std::mem::take(&mut rows())
}

fn rows() -> std::sync::MutexGuard<'static, BTreeMap<&'static str, Row>> {
    ROWS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does `work`, and counts it under `name` while somebody asks: `flops` as in [`Row::flops`], and how many `numbers` of four
/// bytes are read and written.
pub fn counted<R>(name: &'static str, flops: usize, numbers: usize, work: impl FnOnce() -> R) -> R {
    if !ON.load(Relaxed) {
        return work();
    }
    let began = Instant::now();
    let result = work();
    let time = began.elapsed();
    let mut rows = rows();
    let row = rows.entry(name).or_default();
    row.calls += 1;
    row.time += time;
    row.flops += flops as u64;
    row.bytes += 4 * numbers as u64;
    result
}

/// What this machine can do with all threads, for comparison: (multiplications and additions a second of a product of
/// 512×512 matrices, bytes a second that are read and written by copying 64 MB).
pub fn machine() -> (f64, f64) {
    const SIDE: usize = 512;
    let threads = rayon::current_num_threads();
    let matrix = vec![0.5f32; SIDE * SIDE];
    let mut out = vec![vec![0f32; SIDE * SIDE]; threads];
    let best = |work: &mut dyn FnMut()| {
        let times = (0..5).map(|_| {
            let began = Instant::now();
            work();
            began.elapsed().as_secs_f64()
        });
        times.fold(f64::INFINITY, f64::min)
    };
    const TURNS: usize = 8;
    let products = best(&mut || {
        out.par_iter_mut().for_each(|out| {
            for _ in 0..TURNS {
                product(out, false, Mat::new(&matrix, SIDE, SIDE), Mat::new(&matrix, SIDE, SIDE));
            }
        });
    });
    let (from, mut to) = (vec![1f32; 16 << 20], vec![0f32; 16 << 20]);
    let share = from.len().div_ceil(threads);
    let copies = best(&mut || {
        let shares = to.par_chunks_mut(share).zip(from.par_chunks(share));
        shares.for_each(|(to, from)| to.copy_from_slice(from));
    });
    let flops = (2 * SIDE * SIDE * SIDE * TURNS * threads) as f64;
    (flops / products, 8.0 * from.len() as f64 / copies)
}
