//! Writes the event streams of the vectors as seeds for the fuzz targets: `fuzz-seeds <corpus folder>`.

use std::{env, fs, io, path::PathBuf};

use tidings_testkit::{Vector, vectors};

fn main() -> io::Result<()> {
    let corpus = PathBuf::from(env::args_os().nth(1).expect("the folder of the corpora"));
    for (target, head) in TARGETS {
        let folder = corpus.join(target);
        fs::create_dir_all(&folder)?;
        for vector in vectors::load() {
            let seed = [head(&vector), vector.chunks.concat()].concat();
            fs::write(folder.join(&vector.name), seed)?;
        }
    }
    Ok(())
}

/// What a fuzz target reads in front of the stream of a vector.
type Head = fn(&Vector) -> Vec<u8>;

/// The fuzz targets.
const TARGETS: [(&str, Head); 3] = [
    // The limit plus one (0 is none), no comments, initial ID, cut.
    ("decode", |vector| {
        let limit = u8::try_from(vector.options.max_event_bytes.saturating_add(1)).unwrap_or(0);
        vec![limit, u8::from(!vector.options.comments), u8::from(!vector.options.last_event_id.is_empty()), 2]
    }),
    // No comment, event type, ID and reconnection time; but data.
    ("encode", |_| vec![0, 0, 0, 0, 1]),
    ("line_ends", |_| Vec::new()),
];
