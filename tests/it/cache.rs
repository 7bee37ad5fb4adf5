//! Pictures that are more than is held in memory: a run from the cache file is the same as one from memory, and no cache
//! file that is cut, damaged or of other pictures is believed.
//!
//! Must not know: how the file is laid out, beyond that pictures are in its first half.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::runs::same;
use burn::tensor::TensorData;
use image::{Rgb, RgbImage};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use zscope::weights::Checkpoint;

/// A picture that differs from every other.
fn draw(dir: &Path, number: u32, grey: bool) {
    let value = |x: u32, y: u32, c: u32| (x * (number + 3) + y * 7 + c * 50 * number) as u8;
    let pixel = |x, y| Rgb([0, 1, 2].map(|c| value(x, y, if grey { 0 } else { c })));
    RgbImage::from_fn(40, 32, pixel).save(dir.join(format!("{number}.png"))).unwrap();
}

struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new(grey: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("data")).unwrap();
        (0..40).for_each(|i| draw(&dir.path().join("data"), i, grey));
        Self { dir }
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn files(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.dir.path().join("cache")) else { return Vec::new() };
        entries.map(|e| e.unwrap().path()).collect()
    }

    /// Trains three steps, which see every picture, with so many MB of pictures in memory.
    fn train(&self, memory: &str, run: &str) -> Output {
        let data = format!("folder:{}?mirror=on", self.data().display());
        Command::new(env!("CARGO_BIN_EXE_zscope"))
            .env("ZSCOPE_CACHE", self.dir.path().join("cache"))
            .env("ZSCOPE_DATA_MEMORY", memory)
            .args(["train", "fc-vae", "--data", &data, "--device", "cpu", "--steps", "3"])
            .args(["--set", "batch=32", "--set", "hidden=8", "--set", "z=2", "--out"])
            .arg(self.dir.path().join(run))
            .output()
            .unwrap()
    }

    /// The same, which must succeed; gives the weights.
    fn trained(&self, memory: &str, run: &str) -> BTreeMap<String, TensorData> {
        let out = self.train(memory, run);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let last = zscope::engine::folder::checkpoints(&self.dir.path().join(run)).pop().unwrap();
        let all = Checkpoint::read(&last).unwrap().tensors;
        all.iter()
            .filter(|(name, _)| !name.starts_with("optimizer"))
            .map(|(n, d)| (n.clone(), d.clone()))
            .collect()
    }
}

#[test]
fn a_run_from_a_cache_file_is_the_same_bit_for_bit() {
    for grey in [false, true] {
        let place = Place::new(grey);
        let memory = place.trained("100", "memory");
        assert!(place.files().is_empty(), "so few pictures are held in memory");
        same(&memory, &place.trained("0", "filed"));
        let [file] = &place.files()[..] else { panic!("{:?}", place.files()) };
        let made = std::fs::metadata(file).unwrap();
        same(&memory, &place.trained("0", "again"));
        let now = std::fs::metadata(file).unwrap();
        assert_eq!((made.len(), made.created().ok()), (now.len(), now.created().ok()), "it was made anew");
        // Other pictures, another file.
        draw(&place.data(), 100, grey);
        place.trained("0", "other");
        assert_eq!(place.files().len(), 2);
    }
}

#[test]
fn a_cache_file_that_is_cut_or_damaged_is_never_read_as_pictures() {
    let place = Place::new(false);
    let whole = place.trained("0", "whole");
    let file = place.files().remove(0);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    same(&whole, &place.trained("0", "cut"));
    assert_eq!(std::fs::read(&file).unwrap(), bytes, "it was not made anew");
    let mut damaged = bytes.clone();
    damaged[1000..bytes.len() / 2].fill(0);
    std::fs::write(&file, damaged).unwrap();
    let out = place.train("0", "damaged");
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(!out.status.success() && said.contains("the cache file of the pictures is damaged"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    same(&whole, &place.trained("0", "anew"));
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
}

/// What belongs to a picture is found by its place: behind one that can't be read no other moves up.
///
/// How much is held in memory is the process's, so this one reads the set in a process of its own.
#[test]
fn the_first_pictures_keep_their_places_where_one_cant_be_read() {
    let place = Place::new(false);
    let inner = ["cache::read_the_first_in_this_process", "--exact", "--ignored", "--nocapture"];
    let out = Command::new(std::env::current_exe().unwrap())
        .args(inner)
        .env("ZSCOPE_CACHE", place.dir.path().join("cache"))
        .env("ZSCOPE_DATA_MEMORY", "0")
        .env("ZSCOPE_TEST_DATA", place.data())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "the test above starts it, with its data"]
fn read_the_first_in_this_process() {
    let Some(data) = std::env::var_os("ZSCOPE_TEST_DATA") else { return };
    let spec: zscope::data::Spec = format!("folder:{}", Path::new(&data).display()).parse().unwrap();
    let job = zscope::data::Job { progress: &|_, _| {}, cancel: &false.into() };
    let split = spec.load(zscope::data::Want::new(40, 32, Some(3)), &job).unwrap().train;
    let all = &split.pictures;
    let first: Vec<Vec<u8>> = (0..20).map(|i| all.get(i).unwrap().into_owned()).collect();
    let held = split.head(20).pictures;
    assert!(
        all.pixels.is_empty() && held.pixels.len() == 20 * held.stride(),
        "not through the file, or not held"
    );
    // The picture that is the 8th of the set is found by its bytes, and one of them changed.
    let folder = PathBuf::from(std::env::var_os("ZSCOPE_CACHE").unwrap());
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&file).unwrap();
    let at = bytes.windows(first[7].len()).position(|w| w == first[7]).unwrap();
    bytes[at + 5] ^= 255;
    std::fs::write(&file, bytes).unwrap();
    let head = split.head(20).pictures;
    assert_eq!(head.len(), 20);
    for (i, was) in first.iter().enumerate() {
        let now = head.get(i).map(|b| b.into_owned());
        assert_eq!(now.as_ref(), (i != 7).then_some(was), "picture {i}");
    }
}
