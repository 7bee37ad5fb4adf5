//! The data modules: SPECs, the built-in digits, IDX files and folders of pictures, with files that the tests write.
//!
//! Must not know: models, the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use flate2::{Compression, write::GzEncoder};
use image::codecs::jpeg::JpegEncoder;
use image::{GrayImage, ImageEncoder, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;
use zscope::data::spec::spec_of;
use zscope::data::{AttributeKind, DataError, Dataset, Job, Spec, Split, Want, digits, folder, idx};

/// Runs a load that nobody watches.
pub fn quietly<T>(load: impl FnOnce(&Job) -> T) -> T {
    load(&Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) })
}

pub fn want(size: usize, channels: Option<usize>) -> Want {
    Want::square(size, channels)
}

/// All pictures, with none held out.
pub fn whole(size: usize, channels: Option<usize>) -> Want {
    let mut want = want(size, channels);
    want.hold.per_mille = 0;
    want
}

/// The sentence of an error that must come, checked to be one sentence with all the given words.
pub fn sentence<T>(result: Result<T, DataError>, words: &[&str]) -> String {
    let Err(error) = result else { panic!("must fail with {words:?}") };
    let text = error.to_string();
    assert!(!text.contains('\n') && text.len() < 500, "not one sentence: {text}");
    for word in words {
        assert!(text.contains(word), "no \"{word}\" in: {text}");
    }
    text
}

/// All columns of a split are as long as it has pictures, and within what their kind says.
pub fn check_columns(split: &Split) {
    for attribute in &split.attributes {
        assert_eq!(attribute.values.len(), split.pictures.len(), "{}", attribute.name);
        for value in &attribute.values {
            match &attribute.kind {
                AttributeKind::Binary => assert!(*value == 0.0 || *value == 1.0),
                AttributeKind::Class(names) => {
                    assert!((*value as usize) < names.len() && value.fract() == 0.0)
                }
                // No number: it does not apply, as the shape of glasses does not where none are worn.
                AttributeKind::Continuous { min, max } => {
                    assert!(value.is_nan() || (*min..=*max).contains(value), "{value}")
                }
            }
        }
    }
}

// ---- SPEC

#[test]
fn specs_survive_the_round_trip() {
    for text in [
        "digits",
        "digits:500",
        "faces",
        "faces:1",
        "faces-independent",
        "faces-independent:7",
        "idx:/a/b",
        "celeba:/a/b",
        "cifar:a",
        "folder:pictures of mine",
        "folder:C:/x",
    ] {
        let spec: Spec = text.parse().unwrap();
        assert_eq!(spec.to_string(), text);
        assert_eq!(spec.to_string().parse::<Spec>().unwrap(), spec);
    }
    assert_eq!("digits:20000".parse::<Spec>().unwrap().to_string(), "digits");
    assert_eq!("folder:C:/x".parse::<Spec>().unwrap(), spec_of(Path::new("C:/x")));
}

#[test]
fn wrong_specs_say_what_to_write() {
    for text in ["digits:", "digits:0", "digits:many", "faces:-3", "digits:1000001"] {
        sentence(text.parse::<Spec>(), &["COUNT"]);
    }
    for text in ["idx", "idx:", "folder", "celeba", "cifar:"] {
        sentence(text.parse::<Spec>(), &["DIR"]);
    }
    for text in ["", "mnist", "Digits"] {
        sentence(text.parse::<Spec>(), &["digits", "folder:DIR"]);
    }
}

// ---- digits

#[test]
fn digits_are_the_same_every_time_and_for_any_count() {
    let small = quietly(|job| digits::load(57, want(28, None), job)).unwrap();
    let again = quietly(|job| digits::load(57, want(28, None), job)).unwrap();
    assert_eq!(small, again);
    let large = quietly(|job| digits::load(1300, want(28, None), job)).unwrap();
    assert_eq!(large.train.pictures.len(), 1300);
    let stride = small.train.pictures.stride();
    assert_eq!(small.train.pictures.pixels, large.train.pictures.pixels[..57 * stride]);
    assert_eq!(small.test.pictures, large.test.pictures, "both have the least count of test pictures");
    for (a, b) in small.train.attributes.iter().zip(&large.train.attributes) {
        assert_eq!((&a.name, &a.kind, &a.values[..]), (&b.name, &b.kind, &b.values[..57]));
    }
    let alone = digits::draw(digits::TRAIN_SEED, 1234, 28);
    assert_eq!(Some(&alone.pixels[..]), large.train.pictures.get(1234).as_deref());
    assert_eq!(f32::from(alone.digit), large.train.attributes[0].values[1234]);
}

#[test]
fn digits_do_not_depend_on_the_threads() {
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let a = alone.install(|| quietly(|job| digits::load(600, want(16, None), job))).unwrap();
    let many = rayon::ThreadPoolBuilder::new().num_threads(7).build().unwrap();
    let b = many.install(|| quietly(|job| digits::load(600, want(16, None), job))).unwrap();
    assert_eq!(a, b);
}

#[test]
fn digits_are_balanced_labelled_and_differ_from_the_test_split() {
    let set = quietly(|job| digits::load(1000, want(28, None), job)).unwrap();
    assert_eq!((set.train.pictures.len(), set.test.pictures.len()), (1000, 500));
    check_columns(&set.train);
    check_columns(&set.test);
    let (names, values) = set.train.classes().unwrap();
    assert_eq!(names, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    assert_eq!(set.train.attributes[0].name, "digit");
    for class in 0..10 {
        assert_eq!(values.iter().filter(|v| **v == class as f32).count(), 100);
    }
    assert_ne!(&values[..10], &values[10..20], "the order is mixed");
    let known: std::collections::HashSet<_> =
        (0..1000).map(|i| set.train.pictures.get(i).unwrap().into_owned()).collect();
    assert_eq!(known.len(), 1000, "no picture comes twice");
    assert!((0..500).all(|i| !known.contains(&*set.test.pictures.get(i).unwrap())));
}

#[test]
fn digits_lie_in_the_middle_and_touch_no_edge() {
    for size in [16, 28, 32, 64, 128] {
        for index in 0..120 {
            let one = digits::draw(7, index, size);
            assert_eq!(one.pixels.len(), size * size);
            let at = |x: usize, y: usize| one.pixels[y * size + x];
            let (mut sum, mut mass) = (0.0, [0.0; 2]);
            for y in 0..size {
                for x in 0..size {
                    let w = f64::from(at(x, y));
                    sum += w;
                    mass = [mass[0] + w * (x as f64 + 0.5), mass[1] + w * (y as f64 + 0.5)];
                }
            }
            let share = sum / 255.0 / (size * size) as f64;
            assert!((0.01..0.4).contains(&share), "digit {} of {size} has {share} ink", one.digit);
            // A thin pen is thinner than a pixel at 16.
            let bright = if size < 28 { 120 } else { 200 };
            assert!(
                one.pixels.iter().any(|v| *v > bright),
                "digit {} of {size}, number {index}, is faint",
                one.digit
            );
            for i in 0..size {
                assert_eq!([at(i, 0), at(i, size - 1), at(0, i), at(size - 1, i)], [0; 4], "{size} {index}");
            }
            for m in mass {
                let off = (m / sum / size as f64 - 0.5) * 28.0;
                assert!(off.abs() < 2.0, "digit {} of {size}, number {index}, is {off} off", one.digit);
            }
        }
    }
}

#[test]
fn digits_come_in_grey_or_rgb_and_refuse_other_wishes() {
    let grey = quietly(|job| digits::load(20, want(32, Some(1)), job)).unwrap();
    let rgb = quietly(|job| digits::load(20, want(32, Some(3)), job)).unwrap();
    assert_eq!((grey.train.pictures.channels, rgb.train.pictures.channels), (1, 3));
    let repeated: Vec<u8> = grey.train.pictures.pixels.iter().flat_map(|v| [*v; 3]).collect();
    assert_eq!(rgb.train.pictures.pixels, repeated);
    for size in [0, 15, 257] {
        sentence(quietly(|job| digits::load(20, want(size, None), job)), &["16", "256"]);
    }
    sentence(quietly(|job| digits::load(20, want(28, Some(2)), job)), &["not 2"]);
    sentence(quietly(|job| digits::load(1_000_000, want(128, None), job)), &["8 GiB"]);
}

#[test]
fn digits_report_progress_and_can_be_cancelled() {
    let seen = Mutex::new(Vec::new());
    let cancel = AtomicBool::new(false);
    let progress = |done: usize, total: usize| seen.lock().unwrap().push((done, total));
    digits::load(1200, want(16, None), &Job { progress: &progress, cancel: &cancel }).unwrap();
    let seen = seen.into_inner().unwrap();
    assert!(seen.is_sorted() && seen.iter().all(|(_, total)| *total == 1700), "{seen:?}");
    assert_eq!(seen.last(), Some(&(1700, 1700)));

    let progress = |done: usize, _: usize| cancel.store(done >= 1000, Ordering::Relaxed);
    let job = Job { progress: &progress, cancel: &cancel };
    assert_eq!(digits::load(1_000_000, want(16, None), &job), Err(DataError::Cancelled));
}

// ---- IDX

/// An IDX file's bytes: its magic's last two bytes, its sizes, its data.
fn idx_bytes(code: u8, sizes: &[u32], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, code, sizes.len() as u8];
    sizes.iter().for_each(|size| bytes.extend(size.to_be_bytes()));
    bytes.extend(data);
    bytes
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn put(dir: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = dir.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    path
}

/// `count` pictures whose every byte is the picture's number.
fn ramp(count: usize, stride: usize) -> Vec<u8> {
    (0..count * stride).map(|i| (i / stride) as u8).collect()
}

fn load_idx(dir: &TempDir, size: usize, channels: Option<usize>) -> Result<Dataset, DataError> {
    quietly(|job| idx::load(dir.path(), want(size, channels), job))
}

#[test]
fn idx_reads_plain_and_gzipped_files_under_both_spellings() {
    let images = idx_bytes(8, &[20, 4, 4], &ramp(20, 16));
    let labels: Vec<u8> = (0..20).map(|i| i % 10).collect();
    let labels = idx_bytes(8, &[20], &labels);
    let tests = idx_bytes(8, &[3, 4, 4], &ramp(3, 16));
    let test_labels = idx_bytes(8, &[3], &[2, 1, 0]);
    let plain = tempfile::tempdir().unwrap();
    put(&plain, "train-images-idx3-ubyte", &images);
    put(&plain, "train-labels-idx1-ubyte", &labels);
    put(&plain, "t10k-images-idx3-ubyte", &tests);
    put(&plain, "t10k-labels-idx1-ubyte", &test_labels);
    let packed = tempfile::tempdir().unwrap();
    put(&packed, "emnist-train-images.idx3-ubyte.gz", &gz(&images));
    put(&packed, "emnist-train-labels.idx1-ubyte.gz", &gz(&labels));
    put(&packed, "emnist-test-images-idx3-ubyte.gz", &gz(&tests));
    put(&packed, "emnist-test-labels-idx1-ubyte", &test_labels);
    put(&packed, "notes.txt", b"ignored");
    let a = load_idx(&plain, 4, None).unwrap();
    let b = load_idx(&packed, 4, None).unwrap();
    assert_eq!((&a.train, &a.test), (&b.train, &b.test));
    assert_eq!(a.train.pictures.pixels, ramp(20, 16));
    assert_eq!(a.test.pictures.pixels, ramp(3, 16));
    assert_eq!(
        (a.train.attributes[0].name.as_str(), &a.test.attributes[0].values[..]),
        ("digit", &[2.0, 1.0, 0.0][..])
    );
    check_columns(&a.train);
    check_columns(&a.test);
    assert_eq!(a.train.classes().unwrap().0.len(), 10);
    assert_eq!(a.test.classes().unwrap().0.len(), 10);
}

#[test]
fn idx_with_one_file_holds_out_a_tenth_of_each_class() {
    let dir = tempfile::tempdir().unwrap();
    put(&dir, "train-images-idx3-ubyte.gz", &gz(&idx_bytes(8, &[40, 2, 2], &ramp(40, 4))));
    let labels: Vec<u8> = (0..40).map(|i| i % 4).collect();
    put(&dir, "train-labels-idx1-ubyte.gz", &gz(&idx_bytes(8, &[40], &labels)));
    let set = load_idx(&dir, 2, None).unwrap();
    assert_eq!((set.train.pictures.len(), set.test.pictures.len()), (36, 4));
    let mut held = set.test.attributes[0].values.clone();
    held.sort_by(f32::total_cmp);
    assert_eq!(held, [0.0, 1.0, 2.0, 3.0]);
    for i in 0..4 {
        let number = f32::from(set.test.pictures.get(i).unwrap()[0]);
        assert_eq!(number % 4.0, set.test.attributes[0].values[i], "labels stay with their pictures");
    }
    assert_eq!(set.train.attributes[0].name, "class");
    check_columns(&set.train);
    std::fs::remove_file(dir.path().join("train-labels-idx1-ubyte.gz")).unwrap();
    assert!(load_idx(&dir, 2, None).unwrap().train.attributes.is_empty());
}

#[test]
fn idx_pads_resizes_and_changes_channels() {
    let dir = tempfile::tempdir().unwrap();
    put(&dir, "train-images-idx3-ubyte", &idx_bytes(8, &[2, 28, 28], &[200; 2 * 28 * 28]));
    let padded = load_idx(&dir, 32, None).unwrap().train.pictures;
    for y in 0..32 {
        for x in 0..32 {
            let inside = (2..30).contains(&x) && (2..30).contains(&y);
            assert_eq!(padded.get(0).unwrap()[y * 32 + x], if inside { 200 } else { 0 });
        }
    }
    let halved = load_idx(&dir, 14, Some(3)).unwrap().train.pictures;
    assert_eq!((halved.width, halved.channels, halved.len()), (14, 3, 1));
    assert!(halved.pixels.iter().all(|v| *v == 200));

    let dir = tempfile::tempdir().unwrap();
    put(&dir, "train-images-idx4-ubyte", &idx_bytes(8, &[1, 2, 4, 3], &[255, 0, 0].repeat(8)));
    let rgb = load_idx(&dir, 4, None).unwrap().train.pictures;
    assert_eq!(&rgb.pixels[..12], [0; 12], "a wide picture gets black above and below");
    assert_eq!(&rgb.pixels[12..36], [255, 0, 0].repeat(8));
    let grey = load_idx(&dir, 4, Some(1)).unwrap().train.pictures;
    assert_eq!(grey.channels, 1);
    assert!((40..90).contains(&grey.pixels[5]), "red is rather dark: {}", grey.pixels[5]);
}

#[test]
fn idx_says_in_a_sentence_what_is_wrong() {
    let good = idx_bytes(8, &[5, 4, 4], &ramp(5, 16));
    let check = |bytes: &[u8], words: &[&str]| {
        let dir = tempfile::tempdir().unwrap();
        put(&dir, "train-images-idx3-ubyte", bytes);
        sentence(load_idx(&dir, 4, None), &[&["train-images-idx3-ubyte"], words].concat());
    };
    check(&good[..good.len() - 1], &["promises 5 pictures", "too short"]);
    check(&good[..7], &["ends within its header"]);
    check(b"", &["ends within its header"]);
    check(&[&good[..], &[0]].concat(), &["longer"]);
    check(b"\x89PNG\r\n\x1a\n", &["not an IDX file"]);
    check(&idx_bytes(13, &[5, 4, 4], &[0; 320]), &["0x0d"]);
    check(&idx_bytes(8, &[5], &[0; 5]), &["0x00000801", "mixed up"]);
    check(&idx_bytes(8, &[0, 4, 4], &[]), &["no pictures"]);
    check(&idx_bytes(8, &[1, 0, 4], &[]), &["4 x 0"]);
    check(&idx_bytes(8, &[1, 4, 100_000], &[]), &["100000 x 4"]);
    check(&idx_bytes(8, &[1, 2, 2, 4], &[0; 16]), &["4 channels"]);
    check(
        &idx_bytes(8, &[u32::MAX, 4096, 4096, 3], &[0; 100]),
        &["promises 4294967295 pictures", "too short"],
    );
    // Gzipped: cut off, damaged, and a header that promises what such a file cannot hold, or a little more than it does.
    let packed = gz(&good);
    check(&packed[..packed.len() - 12], &["promises 5 pictures", "cut off"]);
    let mut damaged = packed.clone();
    let end = damaged.len() - 6;
    damaged[end] ^= 0xff;
    check(&damaged, &["damaged"]);
    check(&gz(&idx_bytes(8, &[u32::MAX, 28, 28], &[0; 100])), &["too short"]);
    check(&gz(&idx_bytes(8, &[7, 4, 4], &[0; 100])), &["gives only 100 bytes"]);
    check(&gz(&[&good[..], &[0; 1000]].concat()), &["longer"]);
    // Tiny pictures that would grow beyond all memory.
    let many = tempfile::tempdir().unwrap();
    put(&many, "train-images-idx3-ubyte.gz", &gz(&idx_bytes(8, &[1_000_000, 1, 1], &vec![0; 1_000_000])));
    sentence(load_idx(&many, 128, None), &["1000000 pictures", "8 GiB"]);
}

#[test]
fn idx_wants_labels_that_belong_to_the_pictures() {
    let dir = tempfile::tempdir().unwrap();
    put(&dir, "train-images-idx3-ubyte", &idx_bytes(8, &[5, 4, 4], &ramp(5, 16)));
    let labels = |bytes: &[u8], words: &[&str]| {
        put(&dir, "train-labels-idx1-ubyte", bytes);
        sentence(load_idx(&dir, 4, None), &[&["train-labels-idx1-ubyte"], words].concat());
    };
    labels(&idx_bytes(8, &[4], &[0; 4]), &["4 labels", "5 pictures"]);
    labels(&idx_bytes(8, &[5], &[0; 4]), &["too short"]);
    labels(&idx_bytes(8, &[5, 1, 1], &[0; 5]), &["should hold labels"]);
    put(&dir, "train-labels-idx1-ubyte", &idx_bytes(8, &[5], &[0; 5]));
    put(&dir, "t10k-images-idx3-ubyte", &idx_bytes(8, &[5, 4, 4], &ramp(5, 16)));
    sentence(load_idx(&dir, 4, None), &["only one", "labels"]);
}

#[test]
fn idx_wants_a_folder_with_one_data_set() {
    let dir = tempfile::tempdir().unwrap();
    sentence(load_idx(&dir, 4, None), &["no IDX pictures", "train-images-idx3-ubyte"]);
    let missing = dir.path().join("nowhere");
    sentence(quietly(|job| idx::load(&missing, want(4, None), job)), &["cannot read the folder", "nowhere"]);
    let good = idx_bytes(8, &[5, 4, 4], &ramp(5, 16));
    put(&dir, "emnist-letters-train-images-idx3-ubyte", &good);
    put(&dir, "emnist-digits-train-images-idx3-ubyte", &good);
    sentence(load_idx(&dir, 4, None), &["several data sets", "letters", "digits"]);
}

#[test]
fn idx_can_be_cancelled() {
    let dir = tempfile::tempdir().unwrap();
    put(&dir, "train-images-idx3-ubyte", &idx_bytes(8, &[5, 4, 4], &ramp(5, 16)));
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(true) };
    assert_eq!(idx::load(dir.path(), want(4, None), &job), Err(DataError::Cancelled));
}

#[test]
fn idx_reads_the_real_mnist() {
    let shared = std::env::var_os("ZSCOPE_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let dir = shared.join("data/mnist");
    if !dir.is_dir() {
        println!("skipped: no {} (set ZSCOPE_SHARED to the folder that has data/mnist)", dir.display());
        return;
    }
    let seen = Mutex::new((0, 0));
    let progress = |done: usize, total: usize| *seen.lock().unwrap() = (done, total);
    let job = Job { progress: &progress, cancel: &AtomicBool::new(false) };
    let set = idx::load(&dir, want(28, None), &job).unwrap();
    assert_eq!((set.train.pictures.len(), set.test.pictures.len()), (60_000, 10_000));
    assert_eq!((set.train.attributes[0].values[0], set.test.attributes[0].values[0]), (5.0, 7.0));
    assert_eq!((set.train.attributes[0].name.as_str(), set.train.classes().unwrap().0.len()), ("digit", 10));
    assert_eq!(*seen.lock().unwrap(), (70_000, 70_000));
    check_columns(&set.train);
}

// ---- folder

pub fn picture(dir: &TempDir, name: &str, width: u32, height: u32, colour: [u8; 3]) {
    let path = dir.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    RgbImage::from_pixel(width, height, Rgb(colour)).save(path).unwrap();
}

fn load_folder(dir: &Path, size: usize, channels: Option<usize>) -> Result<Dataset, DataError> {
    quietly(|job| folder::load(dir, whole(size, channels), job))
}

fn near(a: &[u8], b: [u8; 3]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 6)
}

#[test]
fn folder_reads_every_format_sorted_and_lists_broken_files() {
    let dir = tempfile::tempdir().unwrap();
    picture(&dir, "a.png", 40, 30, [250, 0, 0]);
    picture(&dir, "b.jpg", 30, 50, [0, 200, 0]);
    picture(&dir, "c.gif", 9, 9, [0, 0, 250]);
    put(&dir, "d.pgm", b"P2 # plain\n2 2 255\n90 90\n90 90\n");
    put(&dir, "e.pgm", &[b"P5\n2 2\n255\n".as_slice(), &[60; 4]].concat());
    picture(&dir, "deep/er/f.bmp", 20, 20, [10, 20, 30]);
    picture(&dir, "g.webp", 20, 20, [200, 100, 50]);
    // By content, not by name; and what is no picture.
    picture(&dir, "g.png", 8, 8, [1, 2, 3]);
    std::fs::rename(dir.path().join("g.png"), dir.path().join("h.unknown")).unwrap();
    picture(&dir, "x.png", 8, 8, [5, 6, 7]);
    std::fs::rename(dir.path().join("x.png"), dir.path().join("i.jpg")).unwrap();
    put(&dir, "notes.txt", b"BM is how a bitmap begins");
    put(&dir, "labels.json", b"{}");
    put(&dir, "readme", b"just text");
    put(&dir, ".hidden.png", b"not looked at");
    put(&dir, ".cache/x.png", b"not looked at");
    put(&dir, "j-broken.png", b"this is no PNG");
    let mut cut = std::fs::read(dir.path().join("b.jpg")).unwrap();
    cut.truncate(100);
    put(&dir, "k-cut.jpg", &cut);
    put(&dir, "l-empty.jpg", b"");

    let set = load_folder(dir.path(), 16, None).unwrap();
    assert_eq!(set.title, format!("pictures in {}", dir.path().file_name().unwrap().to_str().unwrap()));
    // a b c d, then deep/er/f before e, then g h i.
    let colours = [
        [250, 0, 0],
        [0, 200, 0],
        [0, 0, 250],
        [90; 3],
        [10, 20, 30],
        [60; 3],
        [200, 100, 50],
        [1, 2, 3],
        [5, 6, 7],
    ];
    assert_eq!((set.train.pictures.len(), set.train.pictures.channels), (9, 3));
    for (i, colour) in colours.iter().enumerate() {
        assert!(
            near(&set.train.pictures.get(i).unwrap(), *colour),
            "picture {i}: {:?}",
            &set.train.pictures.get(i).unwrap()[..3]
        );
    }
    let names: Vec<_> = set.skipped.iter().map(|s| s.path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["j-broken.png", "k-cut.jpg", "l-empty.jpg"]);
    assert!(set.skipped.iter().all(|s| !s.reason.is_empty() && !s.reason.contains('\n')));
    assert!(set.train.attributes.is_empty(), "one sub-folder makes no classes");
    assert_eq!(set, load_folder(dir.path(), 16, None).unwrap());
}

#[test]
fn folder_of_grey_pictures_is_grey_unless_colour_is_wanted() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..25u8 {
        GrayImage::from_pixel(12, 12, Luma([i * 10])).save(dir.path().join(format!("{i:02}.png"))).unwrap();
    }
    let set = load_folder(dir.path(), 8, None).unwrap();
    assert_eq!((set.train.pictures.channels, set.train.pictures.len(), set.test.pictures.len()), (1, 25, 0));
    assert_eq!(*set.train.pictures.get(9).unwrap(), [90; 64]);
    assert_eq!(*set.train.pictures.get(1).unwrap(), [10; 64]);
    let rgb = load_folder(dir.path(), 8, Some(3)).unwrap();
    assert_eq!(*rgb.train.pictures.get(1).unwrap(), [10; 192]);
    picture(&dir, "99.png", 12, 12, [255, 0, 0]);
    assert_eq!(load_folder(dir.path(), 8, None).unwrap().train.pictures.channels, 3);
    assert_eq!(load_folder(dir.path(), 8, Some(1)).unwrap().train.pictures.channels, 1);
    sentence(load_folder(dir.path(), 8, Some(2)), &["2 channels"]);
}

#[test]
fn folder_crops_the_middle_shrinks_smoothly_and_lays_on_white() {
    let dir = tempfile::tempdir().unwrap();
    // Green in the middle, red at both sides that the crop takes away.
    let wide =
        RgbImage::from_fn(
            90,
            30,
            |x, _| if (30..60).contains(&x) { Rgb([0, 255, 0]) } else { Rgb([255, 0, 0]) },
        );
    wide.save(dir.path().join("a.png")).unwrap();
    // A chequerboard of single pixels becomes an even grey, not stripes.
    let board = GrayImage::from_fn(128, 128, |x, y| Luma([if (x + y) % 2 == 0 { 255 } else { 0 }]));
    board.save(dir.path().join("b.png")).unwrap();
    RgbaImage::from_pixel(10, 10, Rgba([0, 0, 0, 0])).save(dir.path().join("c.png")).unwrap();
    picture(&dir, "d.png", 8, 8, [0; 3]);
    let pictures = load_folder(dir.path(), 16, None).unwrap().train.pictures;
    assert!(pictures.get(0).unwrap().chunks(3).all(|p| p == [0, 255, 0]));
    assert!(pictures.get(1).unwrap().iter().all(|v| v.abs_diff(127) < 12));
    assert!(pictures.get(2).unwrap().iter().all(|v| *v == 255));
}

#[test]
fn folder_turns_pictures_upright() {
    let dir = tempfile::tempdir().unwrap();
    let sideways = RgbImage::from_fn(32, 32, |x, _| if x < 16 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) });
    // The shortest EXIF: one entry, orientation (0x0112) 6, "turn by 90 degrees clockwise".
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    let mut encoder = JpegEncoder::new(std::fs::File::create(dir.path().join("a.jpg")).unwrap());
    encoder.set_exif_metadata(exif).unwrap();
    sideways.write_with_encoder(encoder).unwrap();
    let pictures = load_folder(dir.path(), 8, None).unwrap().train.pictures;
    let pixels = pictures.get(0).unwrap();
    assert!(pixels[0] > 200 && pixels[2] < 60, "red above: {pixels:?}");
    assert!(pixels[7 * 8 * 3] < 60 && pixels[7 * 8 * 3 + 2] > 200, "blue below: {pixels:?}");
}

#[test]
fn folder_makes_classes_of_its_sub_folders() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..6 {
        picture(&dir, &format!("cats/deep/{i}.png"), 8, 8, [i, 0, 0]);
        picture(&dir, &format!("dogs/{i}.png"), 8, 8, [0, i, 0]);
    }
    put(&dir, "empty/notes.txt", b"no picture, no class");
    let set = load_folder(dir.path(), 8, None).unwrap();
    assert_eq!(set.train.attributes[0].name, "folder");
    assert_eq!(set.train.classes().unwrap().0, ["cats", "dogs"]);
    assert_eq!(set.train.classes().unwrap().1, [0., 0., 0., 0., 0., 0., 1., 1., 1., 1., 1., 1.]);
    check_columns(&set.train);
    picture(&dir, "beside.png", 8, 8, [9; 3]);
    assert_eq!(load_folder(dir.path(), 8, None).unwrap().train.classes().unwrap().0, [".", "cats", "dogs"]);
}

#[test]
fn folder_says_in_a_sentence_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    sentence(load_folder(dir.path(), 16, None), &["no pictures in"]);
    sentence(load_folder(&dir.path().join("nowhere"), 16, None), &["cannot read the folder", "nowhere"]);
    put(&dir, "broken.png", b"this is no PNG");
    sentence(load_folder(dir.path(), 16, None), &["none of the 1 picture files", "broken.png"]);
}

#[test]
fn folder_refuses_a_bomb() {
    let dir = tempfile::tempdir().unwrap();
    // A PNG header that promises 30,000 x 30,000 pixels, and one within the sides but of 400 megapixels.
    for (name, side) in [("a.png", 30_000u32), ("b.png", 20_000)] {
        let mut small = Vec::new();
        RgbImage::new(1, 1).write_to(&mut std::io::Cursor::new(&mut small), ImageFormat::Png).unwrap();
        small[16..20].copy_from_slice(&side.to_be_bytes());
        small[20..24].copy_from_slice(&side.to_be_bytes());
        let mut crc = flate2::Crc::new();
        crc.update(&small[12..29]);
        small[29..33].copy_from_slice(&crc.sum().to_be_bytes());
        put(&dir, name, &small);
    }
    picture(&dir, "c.png", 8, 8, [0; 3]);
    let set = load_folder(dir.path(), 16, None).unwrap();
    assert_eq!((set.train.pictures.len(), set.skipped.len()), (1, 2), "{:?}", set.skipped);
    println!("{:?}", set.skipped);
}

#[cfg(unix)]
#[test]
fn folder_survives_links_in_a_circle() {
    let dir = tempfile::tempdir().unwrap();
    picture(&dir, "in/a.png", 8, 8, [0; 3]);
    std::os::unix::fs::symlink(dir.path(), dir.path().join("in/again")).unwrap();
    assert_eq!(load_folder(dir.path(), 8, None).unwrap().train.pictures.len(), 1);
}

#[test]
fn folder_reports_progress_and_can_be_cancelled() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..70 {
        picture(&dir, &format!("{i}.png"), 8, 8, [i; 3]);
    }
    let seen = Mutex::new(Vec::new());
    let cancel = AtomicBool::new(false);
    let progress = |done: usize, total: usize| seen.lock().unwrap().push((done, total));
    folder::load(dir.path(), want(8, None), &Job { progress: &progress, cancel: &cancel }).unwrap();
    assert_eq!(seen.into_inner().unwrap().last(), Some(&(70, 70)));
    let progress = |done: usize, _: usize| cancel.store(done > 0, Ordering::Relaxed);
    let job = Job { progress: &progress, cancel: &cancel };
    assert_eq!(folder::load(dir.path(), want(8, None), &job), Err(DataError::Cancelled));
}
