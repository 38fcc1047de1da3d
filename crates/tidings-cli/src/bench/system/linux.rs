//! Linux.

use std::{fs, io, time::Duration};

use rustix::{
    param::{clock_ticks_per_second, page_size},
    process::{Resource, getrlimit},
    thread::{CpuSet, sched_setaffinity},
};

use super::Usage;

/// Lets this process have so many open files, or says what to do.
pub(in super::super) fn raise_file_limit(needed: u64) -> Result<(), String> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    if let Some(hard) = limit.maximum.filter(|hard| *hard < needed) {
        return Err(format!(
            "{needed} open files are needed, and {hard} are allowed: ask for fewer subscribers, or raise the limit \
             (as root `ulimit -Hn {needed}` in this shell, LimitNOFILE= for a systemd unit, --ulimit nofile={needed} for a container)"
        ));
    }
    crate::files::raise_limit().map_err(|error| format!("cannot raise the limit of open files: {error}"))
}

/// Keeps this thread on one CPU.
pub(in super::super) fn pin(cpu: usize) -> Result<(), String> {
    if cpu >= CpuSet::MAX_CPU {
        return Err(format!("--cpu: there is no CPU {cpu}"));
    }
    let mut set = CpuSet::new();
    set.set(cpu);
    sched_setaffinity(None, &set).map_err(|error| format!("--cpu: cannot use CPU {cpu}: {error}"))
}

/// What a process has used; of this one if none is named.
pub(in super::super) fn usage(pid: Option<u32>) -> io::Result<Usage> {
    let folder = pid.map_or("/proc/self".to_owned(), |pid| format!("/proc/{pid}"));
    let (user, system) = cpu_time(&fs::read_to_string(format!("{folder}/stat"))?).ok_or(io::ErrorKind::InvalidData)?;
    let memory = fs::read_to_string(format!("{folder}/smaps_rollup"))?;
    let private = ["Private_Clean:", "Private_Dirty:", "Private_Hugetlb:"].map(|name| number(&memory, name));
    let mut waits = 0;
    for thread in fs::read_dir(format!("{folder}/task"))? {
        // A thread may end in the meantime.
        let status = fs::read_to_string(thread?.path().join("status")).unwrap_or_default();
        waits += number(&status, "voluntary_ctxt_switches:");
    }
    let sockets = fs::read_to_string("/proc/net/sockstat").unwrap_or_default();
    let pages = sockets.lines().filter(|line| line.starts_with("TCP:")).filter_map(|line| line.split_once("mem "));
    let pages = pages.map(|(_, rest)| number(rest, "")).sum::<u64>();
    let private_memory = private.iter().sum::<u64>() * 1024;
    Ok(Usage { user, system, private_memory, waits, sockets: pages * page_size() as u64 })
}

/// The CPU time in `/proc/PID/stat`, in the program and in the kernel.
fn cpu_time(stat: &str) -> Option<(Duration, Duration)> {
    // The name of the program comes before, in parentheses, and may have anything in it.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let mut time = || {
        let ticks: u64 = fields.next()?.parse().ok()?;
        Some(Duration::from_millis(ticks * 1000 / clock_ticks_per_second()))
    };
    Some((time()?, time()?))
}

/// The number behind a name that a line begins with; 0 if there is none.
fn number(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_ascii_whitespace().next()?.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_process_uses_is_known() {
        let usage = usage(None).expect("it is there");
        assert!(usage.private_memory > 100_000, "{usage:?}");
        assert!(super::usage(Some(u32::MAX)).is_err());
        let stat = "1 (a) b) S 1 1 1 0 -1 4194560 1 2 3 4 150 50 0 0 20 0 1 0";
        let seconds = cpu_time(stat).map(|(user, system)| (user.as_secs_f64(), system.as_secs_f64()));
        assert_eq!(seconds, Some((1.5, 0.5)), "there are 100 ticks a second");
        assert_eq!(number("nonvoluntary: 3\nvoluntary: 4\n", "voluntary:"), 4);
    }
}
