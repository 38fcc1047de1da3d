//! Every kernel finds the line ends that a loop over the bytes finds.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tidings_codec::fuzzing;

fuzz_target!(|bytes: &[u8]| {
    let expected: Vec<usize> = (0..bytes.len()).filter(|&at| matches!(bytes[at], b'\n' | b'\r')).collect();
    for (kernel, name) in fuzzing::kernels().into_iter().enumerate() {
        assert_eq!(fuzzing::line_ends(kernel, bytes), expected, "{name}");
    }
});
