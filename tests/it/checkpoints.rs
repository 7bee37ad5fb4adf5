//! Checkpoint files: whole or absent, the same after writing and reading, and one clear sentence for anything else.
//!
//! Must not know: the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};
use zscope::shipped;
use zscope::weights::Checkpoint;

fn bytes() -> Vec<u8> {
    shipped::find("digits-vae").unwrap().to_vec()
}

fn says(name: &str, content: &[u8], words: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, content).unwrap();
    let message = Checkpoint::read(&path).expect_err("must fail");
    assert!(message.contains(name) && !message.contains('\n') && message.len() < 400, "{message}");
    for word in words {
        assert!(message.contains(word), "no \"{word}\" in: {message}");
    }
}

#[test]
fn every_shipped_model_reads_and_writes_the_same() {
    for m in shipped::MODELS {
        let one = Checkpoint::from_bytes(m.bytes).unwrap();
        let two = Checkpoint::from_bytes(&one.to_bytes().unwrap()).unwrap();
        assert_eq!(one.tensors.len(), two.tensors.len(), "{}", m.name);
        for (name, data) in one.tensors.iter() {
            assert_eq!(data.as_bytes(), two.tensors[name].as_bytes(), "{} {name}", m.name);
        }
    }
    for judge in shipped::JUDGES {
        let card = Checkpoint::from_bytes(judge.bytes).unwrap().card;
        assert_eq!(shipped::judge(&card.shape).unwrap().unwrap().0, judge.name);
        assert!(!card.outputs.is_empty(), "{} does not name its outputs", judge.name);
    }
    let models = shipped::MODELS.iter().map(|m| (m.name, m.bytes));
    for (name, bytes) in models.chain(shipped::JUDGES.iter().map(|j| (j.name, j.bytes))) {
        let data = Checkpoint::from_bytes(bytes).unwrap().card.data;
        assert!(!data.contains(['/', '\\']), "{name} names a folder of the machine it was made on: {data}");
    }
}

#[test]
fn what_is_no_checkpoint_gets_one_sentence() {
    let whole = bytes();
    says("empty.safetensors", b"", &["is empty"]);
    says("half.safetensors", &whole[..whole.len() / 2], &["truncated"]);
    says("head.safetensors", &whole[..100], &["header"]);
    says("model.pt", b"PK\x03\x04zipzipzip", &["PyTorch"]);
    says("weights.pkl", &[0x80, 2, b'}', b'q'], &["pickle"]);
    says("face.png", &[0x89, b'P', b'N', b'G', 13, 10, 26, 10], &["PNG"]);
    says("huge.safetensors", &[0xff; 64], &["header"]);
    let message = Checkpoint::read(Path::new("/no/such/file.safetensors")).err().unwrap();
    assert!(message.contains("there is no file /no/such/file.safetensors"), "{message}");
    let message = Checkpoint::read(&std::env::temp_dir()).err().unwrap();
    assert!(message.contains("is a folder"), "{message}");
}

#[test]
fn every_cut_of_a_file_is_an_error_and_never_a_panic() {
    let whole = bytes();
    for cut in [1, 7, 8, 9, 20, 500, 3000, whole.len() - 1] {
        assert!(Checkpoint::from_bytes(&whole[..cut]).is_err(), "{cut} bytes were read as a whole file");
    }
}

#[test]
fn numbers_that_are_none_are_refused() {
    let mut whole = bytes();
    let n = whole.len();
    whole[n - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    let message = Checkpoint::from_bytes(&whole).err().unwrap();
    assert!(message.contains("not finite"), "{message}");
}

#[test]
fn a_failed_write_leaves_the_older_file() {
    let dir = tempfile::tempdir().unwrap();
    let checkpoint = Checkpoint::from_bytes(&bytes()).unwrap();
    let path = dir.path().join("model.safetensors");
    checkpoint.write(&path).unwrap();
    let before = std::fs::read(&path).unwrap();
    let nowhere = dir.path().join("model.safetensors").join("below-a-file.safetensors");
    assert!(checkpoint.write(&nowhere).is_err());
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "a half-written file was left behind");
}

#[test]
fn foreign_safetensors_are_told_from_ours() {
    let folder = std::env::var("ZSCOPE_DATA").map_or_else(|_| PathBuf::from("../shared/data"), PathBuf::from);
    let mut found = Vec::new();
    let mut open = vec![folder.join("pretrained")];
    while let Some(dir) = open.pop() {
        for path in std::fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path()) {
            if path.is_dir() {
                open.push(path);
            } else if path.metadata().is_ok_and(|m| m.len() < 200_000_000) {
                found.push(path);
            }
        }
    }
    if found.is_empty() {
        println!("skipped: no foreign checkpoints in {} (set ZSCOPE_DATA)", folder.display());
    }
    for path in found {
        let message = Checkpoint::read(&path).err().unwrap_or_default();
        assert!(!message.is_empty() && !message.contains('\n'), "{}: {message}", path.display());
    }
}
