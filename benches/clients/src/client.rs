//! A client in a process of its own: what it does, and how it is asked.

use std::{
    env,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use tidings_benches::{stats::Samples, system};
use tokio::{runtime, sync::mpsc, task};

use crate::{
    Error,
    engines::{Clients, Run, Which},
    sink::Sink,
    wire,
    writer::Writer,
};

/// What a client process does. It checks what comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Reads so many times the corpus. Says the seconds it took, and those of CPU time.
    Read(usize),
    /// The same, and looks at each byte.
    Check(usize),
    /// Reads so many events that say when they were sent, after [`WARM_UP`] others. Says the median of the latencies and the
    /// 99th percentile, in nanoseconds.
    Latencies(usize),
    /// Opens so many connections. Says how much memory each takes, in bytes: what is allocated, and what is this process's alone.
    Idle(usize),
}

/// How many events go before those whose latency counts.
pub const WARM_UP: usize = 100;
/// How many connections are opened before memory is looked at for the first time: they pay for what the process needs once.
const FIRST: usize = 100;
/// How many are opened at a time.
const AT_ONCE: usize = 100;
/// How long they are left alone before memory is looked at.
const SETTLE: Duration = Duration::from_millis(300);

impl Errand {
    /// The one that a command line says.
    pub fn named(name: &str, number: usize) -> Option<Self> {
        let all = [Self::Read(number), Self::Check(number), Self::Latencies(number), Self::Idle(number)];
        all.into_iter().find(|errand| errand.words().0 == name)
    }

    fn words(self) -> (&'static str, usize) {
        match self {
            Self::Read(number) => ("read", number),
            Self::Check(number) => ("check", number),
            Self::Latencies(number) => ("latencies", number),
            Self::Idle(number) => ("idle", number),
        }
    }

    /// Has a client of this kind do it, in a process of its own, and returns the two figures it says.
    pub fn send(self, which: Which, writer: &Writer) -> Result<[f64; 2], Error> {
        let (name, number) = self.words();
        let output = Command::new(env::current_exe()?)
            .args(["client", which.engine().name, name, &number.to_string(), &writer.url()])
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err(format!("the client ended with {}", output.status).into());
        }
        let says = String::from_utf8(output.stdout)?;
        let figures: Vec<f64> = says.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        figures.try_into().map_err(|_| format!("a client said {says:?}").into())
    }
}

/// Does an errand, in the process for it, and says two figures.
pub fn run(which: Which, errand: Errand, url: &str) -> Result<(), Error> {
    system::open_all_files()?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let clients = Clients::new()?;
    let start = |sink| (which.engine().run)(clients.clone(), url.to_owned(), sink);
    // In a task, as in a service. What `block_on` itself polls is woken with a system call.
    let finish = |sink| runtime.block_on(async { task::spawn(start(sink)).await? });
    let [one, two] = match errand {
        Errand::Read(passes) => {
            let (wall, cpu) = (Instant::now(), system::cpu_nanos());
            let sink = finish(Sink::count())?;
            let (wall, cpu) = (wall.elapsed(), system::cpu_nanos() - cpu);
            check(which, &sink, passes, false)?;
            [wall.as_secs_f64(), cpu as f64 * 1e-9]
        }
        Errand::Check(passes) => {
            let sink = finish(Sink::thorough())?;
            check(which, &sink, passes, true)?;
            [0.0, 0.0]
        }
        Errand::Latencies(count) => {
            let latencies = finish(Sink::latencies())?.into_latencies();
            let all = WARM_UP + count;
            // Of bare chunks a few may be cut within the time that they begin with.
            let least = if which.is_bare() { all - all / 20 } else { all };
            if !(least..=all).contains(&latencies.len()) {
                return Err(format!("{} events came, not {all}", latencies.len()).into());
            }
            let latencies: Samples = latencies[WARM_UP..].iter().map(|&nanos| nanos as f64).collect();
            [latencies.median(), latencies.quantile(0.99)]
        }
        Errand::Idle(count) => runtime.block_on(idle(start, count))?,
    };
    println!("{one} {two}");
    Ok(())
}

fn check(which: Which, sink: &Sink, passes: usize, thorough: bool) -> Result<(), Error> {
    let expected = wire::expected(passes, which.is_bare(), thorough);
    if sink.tally == expected { Ok(()) } else { Err(format!("{:?} came, not {expected:?}", sink.tally).into()) }
}

/// Opens connections, some at a time, and leaves them open.
async fn idle(start: impl Fn(Sink) -> Run, count: usize) -> Result<[f64; 2], Error> {
    let (opened, mut opens) = mpsc::unbounded_channel();
    let mut open = 0;
    let mut figures = Vec::new();
    for goal in [FIRST.min(count / 10), count] {
        while open < goal {
            let batch = AT_ONCE.min(goal - open);
            for _ in 0..batch {
                let run = start(Sink::idle(opened.clone()));
                task::spawn(async move {
                    // It ends only if something is wrong.
                    let error = run.await.err().map_or_else(|| "it has ended".to_owned(), |error| error.to_string());
                    eprintln!("an idle connection: {error}");
                    std::process::exit(1);
                });
            }
            for _ in 0..batch {
                opens.recv().await.ok_or("nobody is left")?;
            }
            open += batch;
        }
        tokio::time::sleep(SETTLE).await;
        figures.push((open as f64, [system::heap_bytes(), system::private_bytes()?]));
    }
    let [(few, before), (many, after)] = figures[..] else { unreachable!("there were two goals") };
    Ok([0, 1].map(|index| (after[index] as f64 - before[index] as f64) / (many - few)))
}
