//! Pictures of one size as bytes: in memory, or behind those in cache files.
//!
//! Must not know: where they came from, what belongs to them.

use super::cache::CacheFile;
use std::borrow::Cow;
use std::sync::Arc;

/// Most bytes of pictures in one set: 8 GiB. Tiny pictures, packed well or drawn, could grow to far more.
pub(super) const MAX_BYTES: usize = 8 << 30;

/// Pictures of one size, as bytes: `n × height × width × channels`, row-major, channels interleaved
/// (the layout of the `image` crate), 0 = black, 255 = white, sRGB as stored in the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pictures {
    /// Width of each picture in pixels.
    pub width: usize,
    /// Height of each picture in pixels.
    pub height: usize,
    /// 1 (grey) or 3 (RGB).
    pub channels: usize,
    /// The pictures that are in memory, one after the other.
    pub pixels: Vec<u8>,
    /// The pictures behind these, which are in cache files.
    pub filed: Filed,
}

/// Chosen pictures of cache files, in their order.
#[derive(Clone, Debug, Default)]
pub struct Filed {
    files: Vec<Arc<CacheFile>>,
    picks: Vec<Pick>,
}

/// One picture of a cache file.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pick {
    file: u16,
    mirrored: bool,
    index: u32,
}

impl PartialEq for Filed {
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): (&Arc<CacheFile>, &Arc<CacheFile>)| Arc::ptr_eq(a, b);
        self.picks == other.picks
            && self.files.len() == other.files.len()
            && self.files.iter().zip(&other.files).all(same)
    }
}

impl Filed {
    /// The first `count` pictures of a cache file.
    pub(super) fn all(file: CacheFile, count: usize) -> Self {
        let picks = (0..count).map(|index| Pick { file: 0, mirrored: false, index: index as u32 }).collect();
        Self { files: vec![Arc::new(file)], picks }
    }

    /// Bytes of a picture, as the file has them.
    fn read(&self, pick: Pick) -> Option<Vec<u8>> {
        self.files.get(usize::from(pick.file))?.read(pick.index as usize)
    }
}

impl Pictures {
    /// No pictures yet, of the given size.
    pub fn empty(width: usize, height: usize, channels: usize) -> Self {
        Self { width, height, channels, ..Self::default() }
    }

    /// Bytes in one picture.
    pub fn stride(&self) -> usize {
        self.width * self.height * self.channels
    }

    /// How many are in memory.
    fn held(&self) -> usize {
        self.pixels.len().checked_div(self.stride()).unwrap_or(0)
    }

    /// How many pictures there are.
    pub fn len(&self) -> usize {
        self.held() + self.filed.picks.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Picture `index`; `None` past the end, and where its cache file is damaged or gone.
    pub fn get(&self, index: usize) -> Option<Cow<'_, [u8]>> {
        let stride = self.stride();
        if let Some(bytes) = self.pixels.get(index * stride..(index + 1) * stride) {
            return Some(Cow::Borrowed(bytes));
        }
        let pick = *self.filed.picks.get(index.checked_sub(self.held())?)?;
        let mut bytes = self.filed.read(pick)?;
        if self.channels == 1 && bytes.len() == 3 * stride {
            // Grey, but that was known only when all had been written.
            bytes = bytes.into_iter().step_by(3).collect();
        }
        if pick.mirrored {
            let mut turned = Vec::with_capacity(bytes.len());
            bytes.chunks(self.width * self.channels).for_each(|row| mirror(row, self.channels, &mut turned));
            bytes = turned;
        }
        (bytes.len() == stride).then_some(Cow::Owned(bytes))
    }

    /// The first `count` pictures, in memory. From one on that can't be read they stay in their files: what belongs to
    /// a picture is found by its place, so none is passed over, and who asks for that one is told.
    pub fn head(&self, count: usize) -> Self {
        let count = count.min(self.len());
        let held = count.min(self.held());
        let mut pixels = self.pixels[..held * self.stride()].to_vec();
        let mut read = held;
        while let Some(one) = (read < count).then(|| self.get(read)).flatten() {
            pixels.extend_from_slice(&one);
            read += 1;
        }
        let filed = match self.filed.picks.get(read - held..count - held) {
            Some(picks) if !picks.is_empty() => {
                Filed { files: self.filed.files.clone(), picks: picks.to_vec() }
            }
            _ => Filed::default(),
        };
        Self { pixels, filed, ..Self::empty(self.width, self.height, self.channels) }
    }

    /// The pixels, to add pictures to; `None` where some are in files, which come after those in memory.
    pub(super) fn in_memory(&mut self) -> Option<&mut Vec<u8>> {
        self.filed.picks.is_empty().then_some(&mut self.pixels)
    }

    /// The first of every `n` pictures.
    pub(super) fn every(&self, n: usize) -> Self {
        let (stride, held) = (self.stride().max(1), self.held());
        let chosen = self.pixels.chunks(stride).step_by(n.max(1));
        let filed = (0..self.filed.picks.len()).filter(|i| (held + i).is_multiple_of(n.max(1)));
        Self {
            pixels: chosen.flatten().copied().collect(),
            filed: Filed {
                files: self.filed.files.clone(),
                picks: filed.filter_map(|i| self.filed.picks.get(i).copied()).collect(),
            },
            ..Self::empty(self.width, self.height, self.channels)
        }
    }

    /// Takes the marked pictures out; the others stay, in their order. Moves in place, so that a large set is never
    /// there twice.
    pub(super) fn take_out(&mut self, out: &[bool]) -> Self {
        let (stride, held) = (self.stride(), self.held());
        let mut taken = Self::empty(self.width, self.height, self.channels);
        let marked = |i: usize| out.get(i).copied().unwrap_or(false);
        let mut end = 0;
        for i in 0..held {
            let at = i * stride..(i + 1) * stride;
            if marked(i) {
                taken.pixels.extend_from_slice(&self.pixels[at]);
            } else {
                self.pixels.copy_within(at, end);
                end += stride;
            }
        }
        self.pixels.truncate(end);
        self.pixels.shrink_to_fit();
        let mut place = held..;
        let all = std::mem::take(&mut self.filed.picks);
        let (out, stay) = all.into_iter().partition(|_| place.next().is_some_and(marked));
        self.filed.picks = stay;
        taken.filed = Filed { files: self.filed.files.clone(), picks: out };
        taken
    }

    /// Adds each picture's mirror image behind all of them. All are in memory or none is.
    pub(super) fn add_mirrored(&mut self) {
        let (row, channels, end) = (self.width * self.channels, self.channels, self.pixels.len());
        self.pixels.reserve_exact(end);
        for start in (0..end).step_by(row.max(1)) {
            for x in (0..row).step_by(channels.max(1)).rev() {
                self.pixels.extend_from_within(start + x..start + x + channels);
            }
        }
        let turned = self.filed.picks.iter().map(|pick| Pick { mirrored: !pick.mirrored, ..*pick });
        let turned: Vec<Pick> = turned.collect();
        self.filed.picks.extend(turned);
    }

    /// Adds the pictures of another reading at the same size. Those in memory come before those in files, so nothing may
    /// go by their order.
    pub(super) fn append(&mut self, mut other: Self) {
        self.pixels.append(&mut other.pixels);
        let before = self.filed.files.len() as u16;
        self.filed.files.append(&mut other.filed.files);
        let moved = other.filed.picks.into_iter().map(|pick| Pick { file: pick.file + before, ..pick });
        self.filed.picks.extend(moved);
    }
}

/// Adds a row of pixels from its end to its beginning.
fn mirror(row: &[u8], channels: usize, to: &mut Vec<u8>) {
    row.chunks(channels.max(1)).rev().for_each(|pixel| to.extend_from_slice(pixel));
}
