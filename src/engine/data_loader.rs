//! Pictures to batches: which pictures step `n` sees follows from the seed and the number of pictures seen so
//! far, so a resumed run needs no other position in the data.
//!
//! Must not know: what is trained.

use crate::data::{Column, ColumnKind, Dataset, FactorScores, Pictures, Split, Vocabulary};
use crate::nn::Noise;
use crate::zoo::system::Legend;
use crate::zoo::{Batch, Facts, Gathered, Shape};
use burn::tensor::Device;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Stream of the shuffles, apart from the noise of the steps.
const SHUFFLE: u64 = 0x5348_5546;
/// What tells the shuffles of further domains from the first one's.
const DOMAIN: u64 = 0x444f_4d00_0000;

/// Deals batches of a set's training pictures, every one once an epoch, in an order drawn anew each epoch. While a step is
/// made of one batch, the next is read and converted on a thread of its own; no bit depends on which thread it was.
pub struct DataLoader {
    dealer: Dealer,
    ahead: Option<Ahead>,
}

/// Which pictures are dealt when.
#[derive(Clone)]
struct Dealer {
    data: Arc<Dataset>,
    /// Made when they are wanted first: of a large set they take time and room.
    scores: Option<Arc<FactorScores>>,
    /// The order of the training pictures.
    first: Order,
    /// The orders of the further domains, where these are dealt too.
    domains: Vec<Order>,
    /// Whether clips are dealt, and not their first frames alone.
    clips: bool,
}

/// In which order some pictures are dealt, drawn anew each epoch.
#[derive(Clone)]
struct Order {
    seed: u64,
    epoch: u64,
    order: Vec<u32>,
}

impl Order {
    fn new(seed: u64) -> Self {
        Self { seed, epoch: u64::MAX, order: Vec::new() }
    }

    /// The next `count` of `n` pictures after `seen` were dealt.
    fn next(&mut self, n: usize, seen: u64, count: usize) -> Vec<usize> {
        let all = n as u64;
        let one = |k: u64| {
            let epoch = k / all;
            if epoch != self.epoch {
                self.epoch = epoch;
                self.order = Noise::new(self.seed, epoch).permutation(n);
            }
            self.order[(k % all) as usize] as usize
        };
        (seen..seen + count as u64).map(one).collect()
    }
}

impl Dealer {
    /// The next `count` pictures after `seen` were dealt.
    fn deal(&mut self, seen: u64, count: usize) -> Result<Gathered, String> {
        let picks = self.first.next(self.data.train.pictures.len(), seen, count);
        let mut first = Gathered::of(&self.data.train, &picks, self.scores.as_deref())?;
        if self.clips {
            first = first.with_clips(&self.data.train, &picks)?;
        }
        self.data.domains.iter().zip(&mut self.domains).try_fold(first, |batch, (domain, order)| {
            batch.beside(&domain.train, &order.next(domain.train.pictures.len(), seen, count))
        })
    }
}

/// The thread that deals ahead. It ends when this is dropped.
struct Ahead {
    /// Pictures dealt before, and how many are wanted.
    wanted: Sender<(u64, usize)>,
    ready: Receiver<Result<Gathered, String>>,
    /// What was asked for last.
    asked: (u64, usize),
}

impl Ahead {
    /// Starts the thread, with a first wish. `None` where there is no thread to be had: then nothing is dealt ahead.
    fn start(mut dealer: Dealer, asked: (u64, usize)) -> Option<Self> {
        let (wanted, wishes) = channel();
        let (send, ready) = channel();
        let body = move || {
            while let Ok((seen, count)) = wishes.recv() {
                if send.send(dealer.deal(seen, count)).is_err() {
                    return;
                }
            }
        };
        std::thread::Builder::new().name("batches".into()).spawn(body).ok()?;
        wanted.send(asked).ok()?;
        Some(Self { wanted, ready, asked })
    }
}

impl DataLoader {
    /// Starts at the first epoch; there must be pictures to train on.
    pub fn new(data: Arc<Dataset>, seed: u64) -> Self {
        let first = Order::new(seed ^ SHUFFLE);
        let dealer = Dealer { data, scores: None, first, domains: Vec::new(), clips: false };
        Self { dealer, ahead: None }
    }

    /// Deals the further domains too, each as many pictures as the first and in an order of its own; there must be
    /// pictures in each.
    pub fn with_domains(mut self, seed: u64) -> Self {
        let order = |i| Order::new(seed ^ SHUFFLE ^ (DOMAIN << i as u32));
        self.dealer.domains = (0..self.dealer.data.domains.len()).map(order).collect();
        self
    }

    /// Deals clips with their first frames.
    pub fn with_clips(mut self) -> Self {
        self.dealer.clips = true;
        self
    }

    /// Pictures in an epoch.
    pub fn len(&self) -> usize {
        self.dealer.data.train.pictures.len()
    }

    /// Whether there is nothing to deal.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The next `count` pictures after `seen` were dealt, `[count, channels, height, width]`, with the scores of their factors
    /// where those are wanted. Fails with a sentence where one can't be read.
    pub fn batch(
        &mut self,
        seen: u64,
        count: usize,
        factors: bool,
        device: &Device,
    ) -> Result<Batch, String> {
        if factors && self.dealer.scores.is_none() {
            self.dealer.scores = FactorScores::of(&self.dealer.data.train).map(Arc::new);
            // What was dealt ahead is without them.
            self.ahead = None;
        }
        let dealt = self.ahead.as_ref().and_then(|a| Some((a.asked, a.ready.recv().ok()?)));
        let gathered = match dealt {
            Some((asked, gathered)) if asked == (seen, count) => gathered,
            // The first; or the batch size was changed, or the training went back to an older state.
            _ => self.dealer.deal(seen, count),
        };
        let next = (seen + count as u64, count);
        let asked = self.ahead.take().and_then(|a| {
            a.wanted.send(next).ok()?;
            Some(Ahead { asked: next, ..a })
        });
        self.ahead = asked.or_else(|| Ahead::start(self.dealer.clone(), next));
        Ok(gathered?.on(device))
    }
}

/// What a split holds: its pictures' shape, and which labels and further pictures they have.
pub fn facts(split: &Split) -> Facts {
    let Pictures { width, height, channels, .. } = split.pictures;
    let classes = split.classes().map_or_else(Vec::new, |(names, _)| names.to_vec());
    let shape = Shape { width, height, channels, classes: classes.len(), attributes: split.binary().len() };
    let column = |c: &Column| {
        let ColumnKind::Pictures(Pictures { width, height, channels, .. }) = c.kind else { return None };
        Some((c.name.clone(), Shape { width, height, channels, classes: 0, attributes: 0 }))
    };
    let legend = |c: &Column| match &c.kind {
        ColumnKind::Labels(labels) => Some(Legend { name: c.name.clone(), classes: labels.legend.clone() }),
        _ => None,
    };
    let factors = split.factors().into_iter().map(|a| a.name.clone()).collect();
    let frames = split.clips().map_or(0, |clips| clips.length);
    let points = split.points().is_some();
    Facts {
        shape,
        classes,
        factors,
        frames,
        points,
        columns: split.columns.iter().filter_map(column).collect(),
        domains: Vec::new(),
        labels: split.columns.iter().find_map(legend),
        captions: split.captions().and_then(|(name, all)| Vocabulary::of(name, all)),
        tracks: split.tracks().map(|tracks| tracks.span),
    }
}

/// The same of a whole set, whose first domain the training pictures are.
pub fn facts_of(data: &Dataset) -> Facts {
    let own = facts(&data.train);
    let plain = |p: &Pictures| {
        let Pictures { width, height, channels, .. } = *p;
        Shape { width, height, channels, classes: 0, attributes: 0 }
    };
    let first = (data.domain.clone(), plain(&data.train.pictures));
    let further = data.domains.iter().map(|d| (d.name.clone(), plain(&d.train.pictures)));
    let domains =
        if data.domains.is_empty() { Vec::new() } else { [first].into_iter().chain(further).collect() };
    Facts { domains, ..own }
}
