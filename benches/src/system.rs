//! What this program asks the system: clocks, memory, cores, and room for many connections.

#![allow(unsafe_code)]

use std::{fs, io, mem, os::fd::FromRawFd as _};

use crate::Error;

/// Nanoseconds of the clock that all processes of this machine share.
pub fn monotonic_nanos() -> u64 {
    nanos(libc::CLOCK_MONOTONIC)
}

/// Nanoseconds of CPU time that this process has used, its own and the kernel's on its behalf.
pub fn cpu_nanos() -> u64 {
    nanos(libc::CLOCK_PROCESS_CPUTIME_ID)
}

fn nanos(clock: libc::clockid_t) -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a `timespec` that lives as long as the call.
    let result = unsafe { libc::clock_gettime(clock, &raw mut now) };
    assert_eq!(result, 0, "this system does not have the clock {clock}");
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// Bytes of memory that are this process's alone (`Private_Dirty`): heap and stacks as the system sees them.
pub fn private_bytes() -> Result<u64, Error> {
    private_bytes_of(std::process::id())
}

/// The same of another process.
pub fn private_bytes_of(process: u32) -> Result<u64, Error> {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Private_Dirty:"));
    let kib: u64 = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).ok_or("no Private_Dirty")?;
    Ok(kib * 1024)
}

/// Bytes that the kernel holds for TCP connections, all of this machine.
pub fn socket_bytes() -> Result<u64, Error> {
    /// What the kernel counts in.
    const PAGE: u64 = 4096;
    let counts = fs::read_to_string("/proc/net/sockstat")?;
    let tcp = counts.lines().find_map(|line| line.strip_prefix("TCP:")?.rsplit_once("mem "));
    let pages: u64 = tcp.and_then(|(_, pages)| pages.trim().parse().ok()).ok_or("no memory of TCP")?;
    Ok(pages * PAGE)
}

/// How many files a process has open, connections among them.
pub fn open_files_of(process: u32) -> Result<usize, Error> {
    Ok(fs::read_dir(format!("/proc/{process}/fd"))?.count())
}

/// Lets this process open as many files as it may, and returns how many that is.
pub fn open_all_files() -> Result<u64, Error> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the pointer is to an `rlimit` that lives as long as the call.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } != 0 {
        return Err(io::Error::last_os_error().into());
    }
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: as above.
    if unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) } != 0 {
        return Err(io::Error::last_os_error().into());
    }
    Ok(limit.rlim_cur)
}

/// The cores that this process may run on.
pub fn cores() -> Result<Vec<usize>, Error> {
    // SAFETY: a set of cores is bits, and none of them set is the empty one.
    let mut set: libc::cpu_set_t = unsafe { mem::zeroed() };
    // SAFETY: the pointer is to a set of this size that lives as long as the call.
    if unsafe { libc::sched_getaffinity(0, size_of_val(&set), &raw mut set) } != 0 {
        return Err(io::Error::last_os_error().into());
    }
    // SAFETY: each number is less than the set has bits.
    Ok((0..libc::CPU_SETSIZE as usize).filter(|&core| unsafe { libc::CPU_ISSET(core, &set) }).collect())
}

/// Lets this process run on these cores only. Threads and processes that it starts from now on do likewise.
pub fn run_on(cores: &[usize]) -> Result<(), Error> {
    // SAFETY: as above.
    let mut set: libc::cpu_set_t = unsafe { mem::zeroed() };
    for &core in cores.iter().filter(|&&core| core < libc::CPU_SETSIZE as usize) {
        // SAFETY: the number is less than the set has bits.
        unsafe { libc::CPU_SET(core, &mut set) };
    }
    // SAFETY: the pointer is to a set of this size that lives as long as the call.
    if unsafe { libc::sched_setaffinity(0, size_of_val(&set), &raw const set) } != 0 {
        return Err(io::Error::last_os_error().into());
    }
    Ok(())
}

/// Bytes that are allocated, as the C library counts them.
#[cfg(target_env = "gnu")]
pub fn heap_bytes() -> u64 {
    // SAFETY: it only looks at what the allocator knows.
    let info = unsafe { libc::mallinfo2() };
    (info.uordblks + info.hblkhd) as u64
}

/// A file that is only in memory, and that other processes can be given.
pub fn memory_file() -> Result<fs::File, Error> {
    // SAFETY: the name is a string that ends with NUL.
    let file = unsafe { libc::memfd_create(c"tidings".as_ptr(), 0) };
    if file < 0 {
        return Err(io::Error::last_os_error().into());
    }
    // SAFETY: it was opened just now, for nobody else.
    Ok(unsafe { fs::File::from_raw_fd(file) })
}
