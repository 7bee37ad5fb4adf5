//! CIFAR's binary version, with files that the tests write, whole and damaged.
//!
//! Must not know: models, the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::data::{check_columns, put, quietly, sentence, want};
use std::path::Path;
use tempfile::TempDir;
use zscope::data::spec::spec_of;
use zscope::data::{DataError, Dataset, cifar};

/// A record: its labels, and a picture of one colour but for its first pixel, which is white.
fn record(labels: &[u8], colour: [u8; 3]) -> Vec<u8> {
    let mut bytes = labels.to_vec();
    for value in colour {
        bytes.push(255);
        bytes.extend([value; 1023]);
    }
    bytes
}

fn load(dir: &Path, size: usize, channels: Option<usize>) -> Result<Dataset, DataError> {
    quietly(|job| cifar::load(dir, want(size, channels), job))
}

fn ten() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let batch = [record(&[6], [200, 10, 30]), record(&[9], [0, 99, 0])].concat();
    put(&dir, "cifar-10-batches-bin/data_batch_1.bin", &batch);
    put(&dir, "cifar-10-batches-bin/data_batch_3.bin", &record(&[0], [1, 2, 3]));
    put(&dir, "cifar-10-batches-bin/test_batch.bin", &record(&[3], [50, 60, 70]));
    dir
}

#[test]
fn cifar_10_comes_with_its_own_splits_and_names() {
    let dir = ten();
    let inside = dir.path().join("cifar-10-batches-bin");
    for folder in [dir.path(), &inside] {
        assert_eq!(spec_of(folder).to_string(), format!("cifar:{}", folder.display()));
        let set = load(folder, 32, None).unwrap();
        assert_eq!((set.train.pictures.len(), set.test.pictures.len(), set.skipped.len()), (3, 1, 0));
        let first = set.train.pictures.get(0).unwrap();
        assert_eq!(
            (&first[..3], &first[3..6]),
            (&[255, 255, 255][..], &[200, 10, 30][..]),
            "colours interleaved"
        );
        let (names, values) = set.train.classes().unwrap();
        assert_eq!((names[6].as_str(), names[9].as_str(), values), ("frog", "truck", &[6.0, 9.0, 0.0][..]));
        assert_eq!(set.test.classes().unwrap().1, [3.0]);
        check_columns(&set.train);
    }
    put(&dir, "cifar-10-batches-bin/batches.meta.txt", b"a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n");
    assert_eq!(load(dir.path(), 32, None).unwrap().train.classes().unwrap().0[6], "g");
    let small = load(dir.path(), 16, Some(1)).unwrap().train.pictures;
    assert_eq!((small.channels, small.stride()), (1, 256));
    assert_eq!(load(dir.path(), 64, Some(3)).unwrap().train.pictures.get(2).unwrap()[12_285..], [1, 2, 3]);
    sentence(load(dir.path(), 32, Some(2)), &["2 channels"]);
    sentence(load(dir.path(), 4096 + 1, None), &["1 to 4096"]);
}

#[test]
fn cifar_lists_damaged_files_and_goes_on() {
    let dir = ten();
    let cut = record(&[1], [7, 7, 7]);
    put(&dir, "cifar-10-batches-bin/data_batch_2.bin", &[&cut[..], &cut[..100]].concat());
    put(&dir, "cifar-10-batches-bin/data_batch_4.bin", &record(&[77], [7, 7, 7]));
    put(&dir, "cifar-10-batches-bin/data_batch_5.bin", b"short");
    put(&dir, "cifar-10-batches-bin/test_batch.bin", b"");
    let set = load(dir.path(), 32, None).unwrap();
    let why: Vec<_> = set.skipped.iter().map(|s| s.reason.as_str()).collect();
    assert!(
        why[0].contains("cut off") && why[1].contains("label") && why[2].contains("too short"),
        "{why:?}"
    );
    assert_eq!(why.len(), 4);
    // Batches 1, 2 (its whole record) and 3; no test picture, so one is held out.
    assert_eq!((set.train.pictures.len(), set.test.pictures.len()), (3, 1));
    let mut all = [set.train.classes().unwrap().1, set.test.classes().unwrap().1].concat();
    all.sort_by(f32::total_cmp);
    assert_eq!(all, [0.0, 1.0, 6.0, 9.0]);
}

#[test]
fn cifar_100_has_classes_and_superclasses() {
    let dir = tempfile::tempdir().unwrap();
    put(&dir, "train.bin", b"some other file of that name");
    assert_eq!(spec_of(dir.path()).to_string(), format!("folder:{}", dir.path().display()));
    put(&dir, "train.bin", &[record(&[19, 99], [1, 2, 3]), record(&[0, 42], [4, 5, 6])].concat());
    put(&dir, "test.bin", &record(&[4, 7], [7, 8, 9]));
    assert_eq!(spec_of(dir.path()).to_string(), format!("cifar:{}", dir.path().display()));
    let set = load(dir.path(), 32, None).unwrap();
    let named: Vec<_> = set.train.attributes.iter().map(|a| (a.name.as_str(), a.values.clone())).collect();
    assert_eq!(named, [("class", vec![99.0, 42.0]), ("superclass", vec![19.0, 0.0])]);
    assert_eq!(set.train.classes().unwrap().0.len(), 100);
    check_columns(&set.test);
}

#[test]
fn cifar_says_in_a_sentence_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    sentence(load(dir.path(), 32, None), &["no CIFAR files", "data_batch_1.bin"]);
    put(&dir, "data_batch_1", b"pickled");
    sentence(load(dir.path(), 32, None), &["Python version", ".bin"]);
    put(&dir, "data_batch_1.bin", b"short");
    sentence(load(dir.path(), 32, None), &["no training pictures", "too short"]);
}
