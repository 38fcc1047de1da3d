//! Where Node calls: all that is unsafe.
//!
//! A class method with a typed array as its argument costs four times what a plain function costs, and more than decoding a
//! small chunk. So a decoder is a plain function whose data pointer is the decoder, and so is the reading half of an event source.

#![allow(unsafe_code)]

use std::{ffi::c_void, ptr, slice};

use napi::{
    Env, Error, Result, Status, Unknown,
    bindgen_prelude::{FromNapiValue as _, Uint8Array, Uint16Array, Uint32Array},
    check_status, sys,
};
use napi_derive::napi;
use tidings_codec::DecoderOptions;

use crate::{
    decoder::{SHARED, State},
    table::{HEADER, Memory, RESULT, Text},
};

/// What answers chunks with tables.
pub(crate) trait Answer {
    /// The result of a call with this chunk, or without one, and with whatever number goes with it.
    fn answer<'a>(&mut self, chunk: Chunk<'a>, number: f64, memory: Memory<'a>) -> u32;
}

/// It, and the memory it writes its answers to.
struct Native<A> {
    state: A,
    words: Uint32Array,
    scratch: Uint8Array,
    wide: Uint16Array,
    /// The strings of the call.
    texts: Vec<sys::napi_value>,
}

/// About what a decoder takes that V8 does not see, in bytes.
const SIZE: i64 = 4096;

/// What JavaScript says of a decoder. It has checked it.
#[napi(object)]
pub(crate) struct Options {
    /// A whole number, or infinite.
    pub max_event_bytes: f64,
    /// Whether comments are told.
    pub comments: bool,
    /// The last event ID to begin with.
    pub last_event_id: String,
    /// Whether there is an outline.
    pub outline: bool,
    /// Whether it tells what stands between the events.
    pub notes: bool,
}

/// Makes a decoder: a function `(chunk, take, offset) → text`. `chunk` is a `Uint8Array`, and `take` is called with the strings that
/// were made, if there are several; a single one is returned. With `null` for a chunk it ends the stream, with `undefined` the line
/// that is unfinished, if the outline has one.
///
/// `words`, `scratch` and `wide` may be shared by all decoders of a thread.
#[napi]
pub(crate) fn create_decoder(
    env: &Env,
    words: Uint32Array,
    scratch: Uint8Array,
    wide: Uint16Array,
    options: Options,
) -> Result<Unknown<'_>> {
    #[expect(clippy::cast_sign_loss, reason = "it was checked")]
    let max_event_bytes = options.max_event_bytes as usize;
    let decoder = DecoderOptions::new().max_event_bytes(max_event_bytes).comments(options.comments);
    let state = State::new(decoder, options.last_event_id, options.outline, options.notes)
        .map_err(|error| Error::new(Status::InvalidArg, error.to_string()))?;
    create_function(env, state, words, scratch, wide)
}

impl Answer for State {
    /// The number is an offset. With `null` the stream ends, with `undefined` the line that is unfinished.
    #[inline(always)]
    fn answer<'a>(&mut self, chunk: Chunk<'a>, number: f64, memory: Memory<'a>) -> u32 {
        match chunk {
            #[expect(clippy::cast_sign_loss, reason = "a cast keeps it in bounds, and feed takes no other offset")]
            Chunk::Bytes(chunk) => self.feed(chunk, (number as usize).min(chunk.len()), memory),
            Chunk::Null => self.reset(),
            Chunk::Undefined if self.is_in_line() => self.feed(b"\n", 0, memory),
            Chunk::Undefined => HEADER as u32,
        }
    }
}

/// Makes a function `(chunk, take, number) → text` of what answers.
pub(crate) fn create_function<A: Answer>(
    env: &Env,
    state: A,
    words: Uint32Array,
    scratch: Uint8Array,
    wide: Uint16Array,
) -> Result<Unknown<'_>> {
    let native = Box::into_raw(Box::new(Native { state, words, scratch, wide, texts: Vec::new() })).cast::<c_void>();
    let mut function = ptr::null_mut();
    let (name, length) = (c"decode".as_ptr(), 6);
    // SAFETY: `env` is live, `call` has the type of a callback, and `native` lives as long as the function, whose finalizer
    // frees it.
    check_status!(unsafe {
        sys::napi_create_function(env.raw(), name, length, Some(call::<A>), native, &raw mut function)
    })?;
    // SAFETY: `function` was just made, and `native` is freed once, by this finalizer only.
    check_status!(unsafe {
        sys::napi_add_finalizer(env.raw(), function, native, Some(finalize::<A>), ptr::null_mut(), ptr::null_mut())
    })?;
    env.adjust_external_memory(SIZE)?;
    // SAFETY: `function` is a value of this environment and of the handle scope of this call.
    unsafe { Unknown::from_napi_value(env.raw(), function) }
}

unsafe extern "C" fn finalize<A>(env: sys::napi_env, native: *mut c_void, _hint: *mut c_void) {
    // SAFETY: the pointer comes from `Box::into_raw` in `create_function`, and a finalizer runs once, when no call can come.
    drop(unsafe { Box::from_raw(native.cast::<Native<A>>()) });
    let mut total = 0;
    // SAFETY: adjusting a counter is allowed in a finalizer.
    unsafe { sys::napi_adjust_external_memory(env, -SIZE, &raw mut total) };
}

unsafe extern "C" fn call<A: Answer>(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let (mut count, mut arguments, mut native) = (3, [ptr::null_mut(); 3], ptr::null_mut());
    // SAFETY: `arguments` has room for `count` values.
    unsafe {
        sys::napi_get_cb_info(env, info, &raw mut count, arguments.as_mut_ptr(), ptr::null_mut(), &raw mut native)
    };
    // SAFETY: it is the pointer given to `napi_create_function`, and its finalizer cannot run during a call. Nothing below
    // runs JavaScript but `take`, which calls nobody, so there is no other call that would borrow it.
    let Native { state, words, scratch, wide, texts } = unsafe { &mut *native.cast::<Native<A>>() };
    let [chunk, take, with] = arguments;
    // SAFETY: nobody else reads or writes this memory during a call: it is private to `lib/native.js` and the one thread.
    let words = unsafe { words.as_mut() };
    // SAFETY: as above.
    let scratch = unsafe { scratch.as_mut() };
    // SAFETY: as above.
    let wide = unsafe { wide.as_mut() };
    texts.clear();
    let mut make_text = |text: Text<'_>| {
        texts.push(string(env, text));
        texts.len() as u32 - 1
    };
    let memory = Memory { words: &mut *words, scratch, wide, make_text: &mut make_text };
    // Most often there is none.
    let number = if count < 3 { 0.0 } else { number(env, with) };
    let result = match bytes(env, chunk) {
        Given::Chunk(chunk) => state.answer(chunk, number, memory),
        Given::Shared => SHARED,
        Given::Bytes { data, length } => {
            // SAFETY: a view of `length` bytes, not shared with another thread, and no JavaScript runs while it is borrowed.
            let chunk = unsafe { slice::from_raw_parts(data, length) };
            state.answer(Chunk::Bytes(chunk), number, memory)
        }
    };
    words[RESULT] = result;
    match texts[..] {
        [] => undefined(env),
        [text] => text,
        _ => {
            hand_over(env, take, texts);
            undefined(env)
        }
    }
}

/// A chunk, or what stands in its place.
pub(crate) enum Chunk<'a> {
    Null,
    Undefined,
    Bytes(&'a [u8]),
}

/// What was given for a chunk.
enum Given {
    Chunk(Chunk<'static>),
    /// Another thread may write to it at any time.
    Shared,
    Bytes {
        /// Never null.
        data: *const u8,
        length: usize,
    },
}

/// The memory of a `Uint8Array`.
fn bytes(env: sys::napi_env, value: sys::napi_value) -> Given {
    let (mut kind, mut length, mut data, mut buffer, mut offset) = (0, 0, ptr::null_mut(), ptr::null_mut(), 0);
    // SAFETY: any value may be asked; all places that are written to are valid.
    let status = unsafe {
        sys::napi_get_typedarray_info(
            env,
            value,
            &raw mut kind,
            &raw mut length,
            &raw mut data,
            &raw mut buffer,
            &raw mut offset,
        )
    };
    if status != sys::Status::napi_ok || kind != sys::TypedarrayType::uint8_array {
        return Given::Chunk(no_bytes(env, value));
    }
    if length == 0 {
        return Given::Bytes { data: ptr::dangling(), length };
    }
    let mut own = false;
    // SAFETY: `buffer` was filled in above.
    unsafe { sys::napi_is_arraybuffer(env, buffer, &raw mut own) };
    if own { Given::Bytes { data: data.cast(), length } } else { Given::Shared }
}

#[cold]
fn no_bytes(env: sys::napi_env, value: sys::napi_value) -> Chunk<'static> {
    let mut kind = sys::ValueType::napi_undefined;
    // SAFETY: any value may be asked.
    unsafe { sys::napi_typeof(env, value, &raw mut kind) };
    if kind == sys::ValueType::napi_null { Chunk::Null } else { Chunk::Undefined }
}

fn number(env: sys::napi_env, value: sys::napi_value) -> f64 {
    let mut number = 0.0;
    // SAFETY: any value may be asked; if it is no number, 0 stays.
    unsafe { sys::napi_get_value_double(env, value, &raw mut number) };
    number
}

/// A string of JavaScript; `null` if it is too long for one.
fn string(env: sys::napi_env, text: Text<'_>) -> sys::napi_value {
    let mut string = ptr::null_mut();
    let status = match text {
        // SAFETY: `text` is as long as is said, and is copied.
        Text::Latin1(text) => unsafe {
            sys::napi_create_string_latin1(env, text.as_ptr().cast(), text.len().cast_signed(), &raw mut string)
        },
        // SAFETY: as above.
        Text::Utf16(text) => unsafe {
            sys::napi_create_string_utf16(env, text.as_ptr(), text.len().cast_signed(), &raw mut string)
        },
        Text::Utf8(text) if text.is_ascii() => return self::string(env, Text::Latin1(text.as_bytes())),
        // SAFETY: as above.
        Text::Utf8(text) => unsafe {
            sys::napi_create_string_utf8(env, text.as_ptr().cast(), text.len().cast_signed(), &raw mut string)
        },
    };
    if status != sys::Status::napi_ok {
        // SAFETY: `env` is live.
        unsafe { sys::napi_get_null(env, &raw mut string) };
    }
    string
}

fn undefined(env: sys::napi_env) -> sys::napi_value {
    let mut value = ptr::null_mut();
    // SAFETY: `env` is live.
    unsafe { sys::napi_get_undefined(env, &raw mut value) };
    value
}

/// Calls `take` with all strings: to set them into an array one by one takes longer than to make them. If there is no room on the
/// stack for that, it throws, as the call that this is part of may do.
fn hand_over(env: sys::napi_env, take: sys::napi_value, texts: &[sys::napi_value]) {
    let mut result = ptr::null_mut();
    // SAFETY: all values are of this call. `take` is our own: it keeps its arguments, and calls nobody.
    unsafe { sys::napi_call_function(env, undefined(env), take, texts.len(), texts.as_ptr(), &raw mut result) };
}
