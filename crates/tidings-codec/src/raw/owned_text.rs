//! The text of an owned event, in two words.

#![allow(unsafe_code)]

use alloc::{boxed::Box, string::String, vec::Vec};
use core::{
    mem::{ManuallyDrop, MaybeUninit},
    ptr::NonNull,
};

use bytes::Bytes;

/// Data, event type and last event ID of an event, in one allocation, or with the data shared with its chunk.
///
/// It is what the enum [`Form`] would be, packed into a pair of words by hand: a pair moves in registers, whereas a larger
/// value is stored and then moved on through memory, each time waiting for the stores, which cost a third of making an event.
///
/// Invariant: `pointer` is that of a leaked `Box<[u8]>` of `meta` bytes, which are data and [`Names`], or if `meta` is
/// [`SHARED`], that of a leaked `Box<Shared>`.
pub(crate) struct OwnedText {
    pointer: NonNull<u8>,
    meta: usize,
}

/// No slice has so many bytes.
const SHARED: usize = usize::MAX;

enum Form {
    Own(Box<[u8]>),
    Shared(Box<Shared>),
}

#[derive(Clone)]
struct Shared {
    data: Bytes,
    event_type: Box<str>,
    last_event_id: Box<str>,
}

// SAFETY: it owns what it points to, and both forms are `Send`.
unsafe impl Send for OwnedText {}
// SAFETY: a shared reference only reads what it points to, and both forms are `Sync`.
unsafe impl Sync for OwnedText {}

impl OwnedText {
    /// Copies texts into one allocation.
    #[inline(always)]
    pub(crate) fn copy(data: &str, event_type: &str, last_event_id: &str) -> Self {
        let names = Names::new(event_type, last_event_id);
        let mut block = Box::new_uninit_slice(data.len() + names.length());
        let (data_room, names_room) = block.split_at_mut(data.len());
        data_room.write_copy_of_slice(data.as_bytes());
        names.write(event_type, last_event_id, names_room);
        // SAFETY: both parts are written.
        Self::pack(Form::Own(unsafe { block.assume_init() }))
    }

    /// Takes data that is put together, in a buffer with room for the names.
    ///
    /// # Safety
    /// The data must be UTF-8.
    pub(super) unsafe fn hand_over(mut data: Vec<u8>, event_type: &str, last_event_id: &str) -> Self {
        let names = Names::new(event_type, last_event_id);
        let length = data.len() + names.length();
        data.reserve_exact(names.length());
        names.write(event_type, last_event_id, &mut data.spare_capacity_mut()[..names.length()]);
        // SAFETY: there is room for the names, and they are written.
        unsafe { data.set_len(length) };
        Self::pack(Form::Own(data.into_boxed_slice()))
    }

    /// Shares data that lies in `chunk`.
    ///
    /// # Panics
    ///
    /// If it does not.
    pub(crate) fn share(chunk: &Bytes, data: &str, event_type: &str, last_event_id: &str) -> Self {
        Self::pack(Form::Shared(Box::new(Shared {
            data: chunk.slice_ref(data.as_bytes()),
            event_type: event_type.into(),
            last_event_id: last_event_id.into(),
        })))
    }

    /// How many bytes an allocation needs beside the data.
    pub(crate) fn room_for_names(event_type: &str, last_event_id: &str) -> usize {
        Names::new(event_type, last_event_id).length()
    }

    /// The data, the event type and the last event ID.
    #[inline]
    pub(crate) fn parts(&self) -> [&str; 3] {
        let parts = match self.form() {
            Ok(block) => Names::of(block).split(block),
            Err(shared) => [&*shared.data, shared.event_type.as_bytes(), shared.last_event_id.as_bytes()],
        };
        // SAFETY: all three went in as text, and are cut out as they were put in.
        parts.map(|part| unsafe { core::str::from_utf8_unchecked(part) })
    }

    /// The data.
    #[inline]
    pub(crate) fn data(&self) -> &str {
        let data = match self.form() {
            Ok(block) => &block[..block.len() - Names::of(block).length()],
            Err(shared) => &shared.data,
        };
        // SAFETY: it went in as text, and is cut out as it was put in.
        unsafe { core::str::from_utf8_unchecked(data) }
    }

    /// Whether the data is shared with its chunk.
    pub(crate) fn is_shared(&self) -> bool {
        self.meta == SHARED
    }

    /// The data as bytes. Copies nothing.
    pub(crate) fn into_data_bytes(self) -> Bytes {
        let length = self.data().len();
        match self.unpack() {
            Form::Own(block) => {
                let mut bytes = Bytes::from(block);
                bytes.truncate(length);
                bytes
            }
            Form::Shared(shared) => shared.data,
        }
    }

    /// The data as a string. Copies data that is shared.
    pub(crate) fn into_data(self) -> String {
        let length = self.data().len();
        let mut bytes = match self.unpack() {
            Form::Own(block) => Vec::from(block),
            Form::Shared(shared) => shared.data.to_vec(),
        };
        bytes.truncate(length);
        // SAFETY: the data is text.
        unsafe { String::from_utf8_unchecked(bytes) }
    }

    #[inline(always)]
    fn pack(form: Form) -> Self {
        match form {
            Form::Own(block) => {
                let block = NonNull::from(Box::leak(block));
                Self { pointer: block.cast(), meta: block.len() }
            }
            Form::Shared(shared) => Self { pointer: NonNull::from(Box::leak(shared)).cast(), meta: SHARED },
        }
    }

    fn unpack(self) -> Form {
        let this = ManuallyDrop::new(self);
        // SAFETY: this is not used any more.
        unsafe { this.form_owned() }
    }

    /// # Safety
    /// Neither this nor another result may be used afterwards.
    #[inline(always)]
    unsafe fn form_owned(&self) -> Form {
        if self.meta == SHARED {
            // SAFETY: the invariant.
            Form::Shared(unsafe { Box::from_raw(self.pointer.cast::<Shared>().as_ptr()) })
        } else {
            let block = NonNull::slice_from_raw_parts(self.pointer, self.meta);
            // SAFETY: the invariant.
            Form::Own(unsafe { Box::from_raw(block.as_ptr()) })
        }
    }

    #[inline(always)]
    fn form(&self) -> Result<&[u8], &Shared> {
        if self.meta == SHARED {
            // SAFETY: the invariant.
            Err(unsafe { self.pointer.cast::<Shared>().as_ref() })
        } else {
            // SAFETY: the invariant.
            Ok(unsafe { NonNull::slice_from_raw_parts(self.pointer, self.meta).as_ref() })
        }
    }
}

impl Drop for OwnedText {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: this is the end of it.
        drop(unsafe { self.form_owned() });
    }
}

impl Clone for OwnedText {
    fn clone(&self) -> Self {
        Self::pack(match self.form() {
            Ok(block) => Form::Own(block.into()),
            Err(shared) => Form::Shared(Box::new(shared.clone())),
        })
    }
}

/// What stands behind the data in an allocation: the event type, the last event ID, and how long they are.
#[derive(Clone, Copy)]
struct Names {
    event_type: usize,
    last_event_id: usize,
}

impl Names {
    /// The two lengths.
    const LENGTHS: usize = 2 * size_of::<usize>();

    #[inline(always)]
    fn new(event_type: &str, last_event_id: &str) -> Self {
        Self { event_type: event_type.len(), last_event_id: last_event_id.len() }
    }

    #[inline(always)]
    fn length(self) -> usize {
        self.event_type + self.last_event_id + Self::LENGTHS
    }

    /// Writes all of `room`.
    #[inline(always)]
    fn write(self, event_type: &str, last_event_id: &str, room: &mut [MaybeUninit<u8>]) {
        let (event_type_room, room) = room.split_at_mut(self.event_type);
        let (last_event_id_room, room) = room.split_at_mut(self.last_event_id);
        // Both are often empty, and a call to copy nothing is not free.
        if !event_type.is_empty() {
            event_type_room.write_copy_of_slice(event_type.as_bytes());
        }
        if !last_event_id.is_empty() {
            last_event_id_room.write_copy_of_slice(last_event_id.as_bytes());
        }
        let (first, second) = room.split_at_mut(size_of::<usize>());
        first.write_copy_of_slice(&self.event_type.to_ne_bytes());
        second.write_copy_of_slice(&self.last_event_id.to_ne_bytes());
    }

    /// The names at the end of `block`.
    #[inline(always)]
    fn of(block: &[u8]) -> Self {
        let number = |at: usize| {
            let bytes = block[at..].first_chunk().copied();
            usize::from_ne_bytes(bytes.unwrap_or_default())
        };
        let lengths = block.len() - Self::LENGTHS;
        Self { event_type: number(lengths), last_event_id: number(lengths + size_of::<usize>()) }
    }

    /// The data, the event type and the last event ID.
    #[inline(always)]
    fn split(self, block: &[u8]) -> [&[u8]; 3] {
        let (data, names) = block.split_at(block.len() - self.length());
        let (event_type, names) = names.split_at(self.event_type);
        [data, event_type, &names[..self.last_event_id]]
    }
}
