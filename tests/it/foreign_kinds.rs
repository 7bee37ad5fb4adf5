//! Kinds of files that people have: models in several files, pruned, with learnt slopes, with other values beside the
//! weights; and files that are none. What is written has an ending that says what it is.
//!
//! Must not know: the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::strangers::{self, Made};
use std::io::Cursor;
use std::path::Path;
use std::process::Command;
use zscope::nn::network::Op;
use zscope::weights::foreign::{Archive, file};
use zscope::weights::{infer, whole};

fn read(bytes: &[u8]) -> Result<Archive, String> {
    file::archive(&mut Cursor::new(bytes), bytes.len() as u64)
}

#[test]
fn any_of_several_files_opens_the_whole_model() {
    let made = strangers::generator();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let names = ["m-00001-of-00002.safetensors", "m-00002-of-00002.safetensors"];
    std::fs::write(at(names[0]), strangers::safe(&made[..5])).unwrap();
    let alone = file::read(&at(names[0])).unwrap_err();
    assert!(alone.contains(names[1]), "{alone}");
    std::fs::write(at(names[1]), strangers::safe(&made[5..])).unwrap();
    let map: serde_json::Map<_, _> =
        made.iter().enumerate().map(|(i, m)| (m.0.clone(), names[usize::from(i >= 5)].into())).collect();
    let index = "m.safetensors.index.json";
    std::fs::write(at(index), serde_json::json!({ "weight_map": map }).to_string()).unwrap();
    for name in names.into_iter().chain([index]) {
        assert_eq!(file::read(&at(name)).unwrap().tensors.len(), made.len(), "{name}");
    }
    std::fs::write(at(index), serde_json::json!({ "weight_map": { "a": "../b.safetensors" } }).to_string())
        .unwrap();
    assert!(file::read(&at(index)).unwrap_err().contains("beside it"));
}

#[test]
fn infinity_beside_the_weights_is_no_fault_of_theirs() {
    let mut made = strangers::generator();
    made.push(("attn.mask".into(), vec![2, 2], vec![f32::NEG_INFINITY; 4]));
    made.push(("best_loss".into(), vec![1], vec![f32::INFINITY]));
    let mut archives = strangers::every(&made)
        .into_iter()
        .map(|(format, bytes)| (format, read(&bytes).unwrap_or_else(|e| panic!("{format} {e}"))));
    // What is inferred depends on what was read and not on how it was written, so one search will do.
    let (first, one) = archives.next().unwrap();
    let tensors = one.tensors.clone();
    for (format, archive) in archives {
        let found =
            |name: &str| archive.tensors.iter().find(|t| t.name == name).map(|t| (&t.shape, &t.values));
        assert!(
            tensors.iter().all(|t| found(&t.name) == Some((&t.shape, &t.values))),
            "{format} is not as {first}"
        );
    }
    let guess = infer::infer(one).unwrap_or_else(|e| panic!("{first} {e}"));
    assert_eq!(guess.network.picture.width, 16);
}

#[test]
fn pruned_kernels_are_multiplied_by_their_masks() {
    let mut made: Vec<Made> = strangers::generator();
    let (name, shape, values) = made[0].clone();
    let mask: Vec<f32> = (0..values.len()).map(|i| (i % 2) as f32).collect();
    made[0] = (format!("{name}_orig"), shape.clone(), values.clone());
    made.insert(1, (format!("{name}_mask"), shape, mask.clone()));
    let guess = infer::infer(read(&strangers::torch_zip(&made)).unwrap()).unwrap();
    let found: Vec<f32> = guess.tensors["main.0.weight"].iter::<f32>().collect();
    let right: Vec<f32> = values.iter().zip(&mask).map(|(v, m)| v * m).collect();
    assert_eq!(found, right);
    assert!(guess.network.notes.iter().any(|n| n.contains("pruned")));
}

#[test]
fn a_slope_for_each_channel_is_no_group_norm() {
    let mut made = strangers::generator();
    for (at, name, n) in [(5, "main.2.weight", 8), (11, "main.5.weight", 4)] {
        made.insert(at, (name.into(), vec![n], (0..n).map(|i| 0.1 + 0.02 * i as f32).collect()));
    }
    let guess = infer::infer(read(&strangers::torch_zip(&made)).unwrap()).unwrap();
    let slopes: Vec<_> = guess.network.decoder.iter().filter(|l| matches!(l.op, Op::Prelu { .. })).collect();
    assert_eq!(slopes.len(), 2, "{:#?}", guess.network.decoder);
}

#[test]
fn what_a_network_never_uses_is_listed_and_refuses_nothing() {
    let mut made = strangers::generator();
    let unused = [("main.skip.weight", vec![5, 7, 1, 1]), ("counts.weight", vec![2, 3, 4])];
    for (name, shape) in &unused {
        let count = shape.iter().product::<usize>();
        made.push(((*name).into(), shape.clone(), (0..count).map(|i| 0.01 * i as f32).collect()));
    }
    let guess = infer::infer(read(&strangers::torch_zip(&made)).unwrap()).unwrap();
    assert_eq!(guess.network.picture.width, 16);
    for (name, _) in &unused {
        assert!(guess.network.unused.iter().any(|n| n == name), "{name}: {:?}", guess.network.unused);
    }
    assert!(guess.network.notes.iter().any(|n| n.contains("main.skip.weight")));
    // What is of no layer that is known, among the generator's own, is not left out in silence.
    made.push(("main.7.weight".into(), vec![2, 3, 4], vec![0.5; 24]));
    let message = infer::infer(read(&strangers::torch_zip(&made)).unwrap()).unwrap_err();
    assert!(message.contains("main.7.weight"), "{message}");
}

#[test]
fn parallel_training_leaves_its_word_in_names_at_any_depth() {
    for rename in ["module.main.", "net.module.main.", "net.main.module.", "module._orig_mod.module.main."] {
        let made: Vec<Made> = strangers::generator()
            .into_iter()
            .map(|(name, shape, values)| (name.replacen("main.", rename, 1), shape, values))
            .collect();
        let guess = infer::infer(read(&strangers::torch_zip(&made)).unwrap());
        let guess = guess.unwrap_or_else(|e| panic!("{rename}: {e}"));
        assert!(guess.network.unused.is_empty(), "{rename}: {:?}", guess.network.unused);
        assert_eq!(guess.network.picture.width, 16, "{rename}");
    }
}

#[test]
fn the_old_container_is_read_at_newer_protocols_too() {
    let made = strangers::generator();
    let old = strangers::torch_legacy(&made);
    let number = &old[2..15];
    let newer = [b"\x80\x04\x95\x0d\0\0\0\0\0\0\0".as_slice(), number, &old[15..]].concat();
    let third = [b"\x80\x03".as_slice(), &old[2..]].concat();
    for bytes in [newer, third] {
        assert_eq!(read(&bytes).unwrap().tensors.len(), made.len());
    }
}

#[test]
fn harmless_values_and_named_types_are_data() {
    // {"x": VALUE}: no tensors, which is all that is wrong with it.
    for value in [
        "c__main__\nMode\n(K\x01tR",
        "ccollections\ndeque\n())tR(K\x01e",
        "cdecimal\nDecimal\n(X\x03\0\0\x001.5tR",
        "c__builtin__\nlong\n",
        "cbuiltins\nint\n",
        "c__builtin__\nslice\n(K\x01K\x02NtR",
    ] {
        let bytes = [b"\x80\x02}X\x01\0\0\0x".as_slice(), value.as_bytes(), b"s."].concat();
        let message = read(&bytes).unwrap_err();
        assert!(message.contains("no tensors"), "{value}: {message}");
    }
    let named = read(b"\x80\x02ctorch._utils\n_rebuild_sparse_tensor\n(tR.").unwrap_err();
    assert!(named.contains("sparse"), "{named}");
}

#[test]
fn what_is_no_file_of_weights_is_named_as_what_it_is() {
    for (bytes, word) in [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n".as_slice(), "Git LFS"),
        (b"<!DOCTYPE html><html><head></head></html>", "web page"),
        (b"{\"error\":\"Repository not found\"}", "JSON"),
        (b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "XML"),
        (b"\x08\x08\x12\x07pytorch\x1a\x052.1.0:\x80\x02", "ONNX"),
        (b"\xfd7zXZ\0\0\0\0\0\0\0", "xz"),
    ] {
        let message = read(bytes).unwrap_err();
        assert!(message.contains(word), "no {word} in: {message}");
    }
}

#[test]
fn an_ending_that_is_not_written_is_refused() {
    assert_eq!(whole::ending(Path::new("a.GIF"), &["gif", "png"]).unwrap(), "gif");
    let message = whole::ending(Path::new("a.mp4"), &["gif", "png", "apng"]).unwrap_err();
    assert!(message.contains(".mp4") && message.contains(".gif, .png or .apng"), "{message}");
    let folder = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zscope"));
        command.current_dir(folder.path()).args(words).output().unwrap()
    };
    for words in [
        ["sample", "digits-gan", "--n", "3", "--out", "s.jpg"].as_slice(),
        &["walk", "digits-gan", "--frames", "3", "--out", "film.mp4"],
        &["film", ".", "--out", "r.mp4"],
        &["sample", "digits-gan", "--temperature", "nan", "--out", "n.png"],
    ] {
        let out = run(words);
        assert_eq!(out.status.code(), Some(2), "{words:?}: {}", String::from_utf8_lossy(&out.stderr));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is written");
    let out = run(&["sample", "digits-gan", "--n", "3", "--each", "--out", "all"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(std::fs::read_dir(folder.path().join("all")).unwrap().count(), 3);
}
