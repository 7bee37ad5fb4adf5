//! Files that are broken, or made to harm: one clear sentence each, and no panic, whatever is done to a file.
//!
//! Must not know: the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::strangers::{self, Made};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use std::io::{Cursor, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use zscope::nn::network::Op;
use zscope::weights::foreign::{Archive, file};
use zscope::weights::infer;

fn read(bytes: &[u8]) -> Result<Archive, String> {
    file::archive(&mut Cursor::new(bytes), bytes.len() as u64)
}

/// The sentence about a file that must be refused.
fn refused(bytes: &[u8], words: &[&str]) {
    let message = read(bytes).expect_err("must be refused");
    assert!(!message.contains('\n') && message.len() < 500, "{message}");
    for word in words {
        assert!(message.contains(word), "no \"{word}\" in: {message}");
    }
}

/// A pickle that has Python call `module.name("ls")`.
fn poison(module: &str, name: &str) -> Vec<u8> {
    format!("c{module}\n{name}\n(X\x02\x00\x00\x00lstR.").into_bytes()
}

#[test]
fn the_same_tensors_are_read_from_every_format() {
    let made = strangers::generator();
    let mut last = None;
    for (format, bytes) in strangers::every(&made) {
        let archive = read(&bytes).unwrap_or_else(|e| panic!("{format} {e}"));
        assert_eq!(archive.tensors.len(), made.len(), "{format}");
        for (name, shape, values) in &made {
            let entry = archive.tensors.iter().find(|t| t.name == *name).unwrap();
            assert_eq!((&entry.shape, &entry.values), (shape, values), "{format} {name}");
        }
        last = Some(archive);
    }
    // The search sees tensors and not how they were written, so one will do.
    let guess = infer::infer(last.unwrap()).unwrap();
    assert_eq!((guess.network.picture.width, guess.network.latent.dims), (16, 4));
}

#[test]
fn a_pickle_that_would_run_something_is_refused_by_that_name() {
    for (module, name) in [
        ("posix", "system"),
        ("os", "system"),
        ("builtins", "eval"),
        ("subprocess", "Popen"),
        ("builtins", "getattr"),
        ("torch", "load"),
        ("shutil", "rmtree"),
    ] {
        let body = poison(module, name);
        let whole = format!("{module}.{name}");
        refused(&[b"\x80\x02", body.as_slice()].concat(), &[&whole]);
        let zip = strangers::zipped(&[("a/data.pkl".into(), [b"\x80\x02", body.as_slice()].concat())], false);
        refused(&zip, &[&whole]);
        let legacy = [&strangers::torch_legacy(&[])[..47], b"\x80\x02", &body].concat();
        assert!(read(&legacy).is_err());
        // The newer instruction that takes the name from the stack, and the oldest protocol.
        let stacked = format!(
            "\u{8c}{}{module}\u{8c}{}{name}\u{93}.",
            module.len() as u8 as char,
            name.len() as u8 as char
        );
        let stacked: Vec<u8> = stacked.chars().map(|c| c as u32 as u8).collect();
        refused(&[b"\x80\x04", stacked.as_slice()].concat(), &[&whole]);
        refused(&body, &[&whole]);
        let inst = format!("(X\x02\x00\x00\x00lsi{module}\n{name}\n.");
        refused(inst.as_bytes(), &[&whole]);
    }
    // An object of a program's class is data; what calls the class, or a function beside it, is refused.
    refused(b"\x80\x02c__main__\nGenerator\n)\x81.", &["no tensors"]);
    refused(b"\x80\x02c__main__\nGenerator\n)R.", &["__main__.Generator", "state_dict"]);
    refused(b"\x80\x02ctorch.nn.functional\nrelu\n)R.", &["torch.nn.functional.relu", "state_dict"]);
    refused(b"\x80\x02cos.path\nPath\n)\x81.", &["os.path.Path"]);
    refused(b"\x80\x02cmodels\nbuild\n.", &["models.build"]);
    let stacked = |module: &str, name: &str| {
        let word = |t: &str| [&[0x8c, t.len() as u8], t.as_bytes()].concat();
        [b"\x80\x04".to_vec(), word(module), word(name), b"\x93)\x81.".to_vec()].concat()
    };
    refused(&stacked("torch.nn.functional", "warnings.sys.modules"), &["warnings.sys"]);
    refused(&stacked("models", "os.subprocess.Popen"), &["subprocess.Popen"]);
    refused(b"\x80\x02ccopyreg\n_reconstructor\n(cmodels\nA\ncmodels\nRunner\nNtR.", &["models.Runner"]);
    refused(b"\x80\x02cmodels\nA\n}b.", &["models.A"]);
    // A value that is named again and again takes no memory each time.
    let mut bomb = b"\x80\x02(X\x06\x00\x00\x00moduleB\x00\x00\x10\x00".to_vec();
    bomb.extend(vec![b'x'; 1 << 20]);
    bomb.extend(b"tq\x00");
    bomb.extend(b"Qh\x00".repeat(100_000));
    assert!(read(&bomb).is_err());
    // Python's own and what leads out of a package is refused as a class too.
    for name in ["gzip\nGzipFile", "_frozen_importlib\nBuiltinImporter", "SocketServer\nTCPServer"] {
        refused(&[b"\x80\x02c", name.as_bytes(), b"\n)\x81."].concat(), &["call"]);
    }
}

/// `torch.save(model, FILE)`: the objects are read as their fields, and nothing of their classes is looked for.
#[test]
fn a_model_that_was_pickled_whole_is_read() {
    let made = strangers::generator();
    let pickle = strangers::pickled_whole(&made, &[]);
    let archive = read(&strangers::zip_of(pickle, &made)).unwrap();
    for (name, shape, values) in &made {
        let entry = archive.tensors.iter().find(|t| t.name == *name).unwrap_or_else(|| panic!("no {name}"));
        assert_eq!((&entry.shape, &entry.values), (shape, values), "{name}");
    }
    let guess = infer::infer(archive).unwrap();
    assert_eq!((guess.network.picture.width, guess.network.latent.dims), (16, 4));
    // What its layers say of themselves is no guess, however unusual it is.
    let geometry = [("main.0", [1, 0, 0]), ("main.3", [4, 1, 2]), ("main.6", [3, 0, 0])];
    let pickle = strangers::pickled_whole(&made, &geometry);
    let guess = infer::infer(read(&strangers::zip_of(pickle, &made)).unwrap()).unwrap();
    // 4, 16, 49.
    assert_eq!(guess.network.picture.width, 49);
    let kernels = guess.network.decoder.iter().filter(|l| matches!(l.op, Op::ConvTranspose { .. }));
    assert!(kernels.clone().count() == 3 && kernels.clone().all(|l| l.assumed.is_empty()));
    // What makes no sense is no network, and no panic.
    let absurd = [("main.0", [1, 0, 0]), ("main.3", [2_000_000_000, 7, 0]), ("main.6", [0, 600, 9])];
    let pickle = strangers::pickled_whole(&made, &absurd);
    assert!(infer::infer(read(&strangers::zip_of(pickle, &made)).unwrap()).is_err());
}

#[test]
fn what_is_broken_gets_its_sentence() {
    let made = strangers::generator();
    let zip = strangers::torch_zip(&made);
    refused(b"", &["empty"]);
    refused(&[0; 4096], &["zeros"]);
    refused(b"\x89PNG\r\n\x1a\n0000000000", &["PNG"]);
    refused(&zip[..zip.len() / 2], &["zip"]);
    let legacy = strangers::torch_legacy(&made);
    refused(&legacy[..legacy.len() - 9], &["truncated"]);
    refused(&legacy[..300], &["ends too early"]);
    // A name of the file's own in a sentence: found by the longer run of mutants below.
    let mut named = legacy.clone();
    let list = named.windows(4).rposition(|w| w == b"\x80\x02](").unwrap();
    named[list + 9] = b'\n';
    refused(&named, &["belongs to no tensor"]);
    let safe = strangers::safe(&made);
    refused(&safe[..safe.len() - 1], &["safetensors"]);
    let nan = |at: usize| {
        let mut made = made.clone();
        made[at].2[0] = f32::NAN;
        made
    };
    for (_, bytes) in strangers::every(&nan(0)) {
        let message = read(&bytes).and_then(|archive| infer::infer(archive).map(drop)).unwrap_err();
        assert!(message.contains("not finite") && message.contains("main.0.weight"), "{message}");
    }
    // A flipped bit in a zip's numbers is noticed by its checksum.
    let mut flipped = zip.clone();
    let at = zip.windows(14).position(|w| w == b"archive/data/0").unwrap() + 200;
    flipped[at] ^= 1;
    refused(&flipped, &["damaged"]);
    // Shapes that no machine holds.
    let absurd: Vec<Made> = vec![("w.weight".into(), vec![1 << 30, 1 << 30, 64], vec![0.0])];
    let mut pickle = strangers::torch_zip(&absurd);
    refused(&pickle, &["absurd"]);
    pickle = strangers::torch_zip(&[("w.weight".into(), vec![30_000, 30_000], vec![0.0])]);
    refused(&pickle, &["more data than a file of its size"]);
    let header = br#"{"w":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}"#;
    let huge = [&(header.len() as u64).to_le_bytes()[..], header, &[0; 64]].concat();
    assert!(read(&huge).is_err());
    // A gzip in a gzip, a cut one, and one that would fill the memory.
    let packed = strangers::gzip(&strangers::gzip(&zip));
    refused(&packed, &["gzip in a gzip"]);
    let packed = strangers::gzip(&zip);
    refused(&packed[..packed.len() / 2], &["truncated gzip"]);
    refused(&strangers::gzip(&vec![0; 100 << 20]), &["more data than a file of its size"]);
    // Burn's older files: a count that is a lie, and values in values without end.
    let mpk = strangers::mpk(&made);
    refused(&mpk[..mpk.len() - 3], &["truncated Burn"]);
    let deep = [&b"\x82\xa8metadata\xc0\xa4item"[..], &[0x91; 5000], &[0xc0]].concat();
    refused(&deep, &["damaged"]);
    let lie = [&b"\x82\xa8metadata\xc0\xa4item\xdd"[..], &[0xff; 4], &[0xc0; 64]].concat();
    refused(&lie, &["damaged"]);
    // Views that reach past their storage.
    let outside: Vec<Made> = vec![("w.weight".into(), vec![9, 9], vec![0.0; 80])];
    refused(&strangers::torch_zip(&outside), &["past its storage", "w.weight"]);
    refused(&strangers::torch_zip(&[]), &["no tensors"]);
    // A file that shrinks while it is read.
    for cut in [legacy.len() / 2, 40] {
        let shorter = file::archive(&mut Cursor::new(&legacy[..cut]), legacy.len() as u64);
        assert!(!shorter.unwrap_err().is_empty());
    }
    // Types that hold no plain numbers.
    let complex = br#"{"w":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}"#;
    assert!(read(&[&(complex.len() as u64).to_le_bytes()[..], complex, &[0; 8]].concat()).is_err());
    let text = strangers::zipped(
        &[(
            "a.npy".into(),
            b"\x93NUMPY\x01\x00\x3c\x00{'descr': '<U3', 'fortran_order': False, 'shape': (1,), }   \n"
                .to_vec(),
        )],
        false,
    );
    refused(&text, &["<U3"]);
}

#[test]
fn files_that_would_exhaust_the_memory_do_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let zeros = vec![0u8; 400 << 20];
    let header =
        b"\x93NUMPY\x01\x00\x46\x00{'descr': '<f4', 'fortran_order': False, 'shape': (104857600,), }     \n";
    let bomb = [header.as_slice(), &zeros].concat();
    let bomb = strangers::zipped(&[("a.npy".into(), bomb)], true);
    std::fs::write(path("bomb.npz"), &bomb).unwrap();
    // Lists in lists, each ten times: more values than there are atoms, were they walked.
    let mut laughs = b"\x80\x02]q\x00".to_vec();
    for i in 0..60u8 {
        laughs.extend([b']', b'q', i + 1, b'(']);
        laughs.extend([b'h', i].repeat(10));
        laughs.push(b'e');
    }
    laughs.push(b'.');
    std::fs::write(path("laughs.pkl"), laughs).unwrap();
    std::fs::write(
        path("deep.pkl"),
        [b"\x80\x02".as_slice(), &b"]".repeat(3_000_000), &b"a".repeat(2_999_999), b"."].concat(),
    )
    .unwrap();
    for (name, start) in [
        ("zeros.pt", &b""[..]),
        ("after.pth", &strangers::torch_legacy(&strangers::generator())[..200]),
        ("after.pkl", b"\x80\x02"),
        ("after.npy", b"\x93NUMPY\x01\x00"),
    ] {
        let mut file = std::fs::File::create(path(name)).unwrap();
        file.write_all(start).unwrap();
        file.set_len(4 << 30).unwrap();
        file.seek(SeekFrom::End(0)).unwrap();
    }
    for name in ["bomb.npz", "laughs.pkl", "deep.pkl", "zeros.pt", "after.pth", "after.pkl", "after.npy"] {
        let began = Instant::now();
        let message = limited(&path(name), 900_000);
        assert!(message.contains(name) && message.trim().lines().count() == 1, "{name}: {message}");
        assert!(began.elapsed() < Duration::from_secs(60), "{name} took {:?}", began.elapsed());
    }
    let message = limited(dir.path(), 900_000);
    assert!(message.contains("is a folder"), "{message}");
}

/// What the program says of a file that it must refuse, with so many KiB of address space to do it in.
fn limited(path: &Path, kib: usize) -> String {
    let program = env!("CARGO_BIN_EXE_zscope");
    let script =
        if cfg!(unix) { format!("ulimit -v {kib}; exec \"$0\" inspect \"$1\"") } else { String::new() };
    let mut command = if cfg!(unix) { Command::new("sh") } else { Command::new(program) };
    let out = match cfg!(unix) {
        true => command.args(["-c", &script, program]).arg(path).output(),
        false => command.arg("inspect").arg(path).output(),
    };
    let out = out.unwrap();
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(1), "{}: {text}", path.display());
    text
}

/// Twists a file in one of several ways.
fn mutant(rng: &mut Pcg64, whole: &[u8]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    // Where the structure is: the head and the tail.
    let near = |rng: &mut Pcg64, n: usize| match rng.random_range(0..4) {
        0 => rng.random_range(0..n),
        1 => n - 1 - rng.random_range(0..n.min(600)),
        _ => rng.random_range(0..n.min(1500)),
    };
    for _ in 0..rng.random_range(1..4) {
        let n = bytes.len();
        if n < 16 {
            break;
        }
        let at = near(rng, n);
        match rng.random_range(0..8) {
            0 | 1 => bytes[at] ^= 1 << rng.random_range(0..8),
            2 => bytes[at] = rng.random(),
            3 => bytes.truncate(at),
            4 => {
                let long = rng.random_range(1..40).min(n - at);
                bytes.drain(at..at + long);
            }
            5 => {
                let long = rng.random_range(1..40).min(n - at);
                let copy = bytes[at..at + long].to_vec();
                let to = near(rng, n);
                bytes.splice(to..to, copy);
            }
            6 => {
                let extreme = [u64::MAX, i64::MAX as u64, u64::from(u32::MAX), 1 << 31, 0, 1 << 40];
                let value = extreme[rng.random_range(0..extreme.len())].to_le_bytes();
                let long = [1, 2, 4, 8][rng.random_range(0..4)].min(n - at);
                bytes[at..at + long].copy_from_slice(&value[..long]);
            }
            _ => {
                // Digits stand for sizes in text headers.
                if let Some(i) = bytes[at..].iter().position(u8::is_ascii_digit) {
                    bytes[at + i] = b'0' + rng.random_range(0..10);
                }
            }
        }
    }
    bytes
}

/// Reads mutants, and infers networks of some of those that can be read, which takes seconds each. Returns how many were
/// readable.
fn mutants(seed: u64, whole: &[u8], count: usize, mut inferred: usize) -> usize {
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut readable = 0;
    for i in 0..count {
        let bytes = mutant(&mut rng, whole);
        match read(&bytes) {
            Ok(archive) => {
                readable += 1;
                if readable % 16 > 0 || inferred == 0 {
                    continue;
                }
                inferred -= 1;
                if let Err(e) = infer::infer(archive) {
                    assert!(!e.contains('\n'), "mutant {i} of seed {seed}: {e}");
                }
            }
            Err(e) => {
                assert!(!e.is_empty() && !e.contains('\n') && e.len() < 700, "mutant {i} of seed {seed}: {e}")
            }
        }
    }
    readable
}

fn all_mutants(each: usize, inferred: usize) {
    let mut total = 0;
    for (i, (format, bytes)) in strangers::every(&strangers::generator()).into_iter().enumerate() {
        let readable = mutants(i as u64, &bytes, each, inferred);
        println!("{format}: {readable} of {each} mutants are readable");
        assert!(readable < each, "no mutant of a {format} was noticed");
        total += each;
    }
    if let Some(folder) = super::foreign::pretrained() {
        for (i, name) in ["csinva_mnist/lenet_epoch12.pth", "dennisjooo_mnist_dcgan/discriminator.pth"]
            .into_iter()
            .enumerate()
        {
            let bytes = std::fs::read(folder.join(name)).unwrap();
            println!(
                "{name}: {} of {} mutants are readable",
                mutants(100 + i as u64, &bytes, each / 4, inferred),
                each / 4
            );
            total += each / 4;
        }
    }
    // What comes with its program, as NVIDIA's generators do.
    if let Some(folder) = super::stylegan::folder() {
        for (i, name) in ["stylegan2-ada-g-ema-alone.pkl", "stylegan3-t-today.pkl"].into_iter().enumerate() {
            let bytes = std::fs::read(folder.join(name)).unwrap();
            let readable = mutants(200 + i as u64, &bytes, each / 8, inferred);
            println!("{name}: {readable} of {} mutants are readable", each / 8);
            total += each / 8;
        }
    }
    println!("{total} mutants");
}

/// A search for what a file is takes seconds, so that only one mutant of each is searched.
#[test]
fn no_mutant_of_a_file_breaks_its_reader() {
    all_mutants(4200, 1);
}

#[test]
#[ignore = "half an hour of the same"]
fn no_mutant_of_very_many_breaks_its_reader() {
    all_mutants(400_000, 30);
}
