//! What a benchmark does, one thing after the other.

use std::{
    fmt::Display,
    io,
    process::{Command, Stdio},
    time::Duration,
};

use mio::{Poll, Waker};

use super::{
    Arguments,
    crowd::{Crowd, INTERRUPT, PUBLISHER},
    interrupt,
    ledger::Ledger,
    member::{Member, State},
    note::Clock,
    pace::Pace,
    publisher::{Publications, Publisher},
    report::{self, Report},
    room::{Numbers, Room},
    stalled::Stalled,
    system::{self, Usage},
    target::{Header, Target},
};

/// How many events may be on their way at a rate: a server that is slower than that is not given more.
const MOST_OUTSTANDING: u32 = 100_000;

/// How long the first bytes of bodies are waited for, in nanoseconds: not all servers send any before an event.
const FIRST_BYTES: u64 = 1_000_000_000;

/// How long it takes to notice that connections were closed.
const SETTLING: Duration = Duration::from_millis(50);

/// Runs it. Fails if it cannot begin.
pub(super) fn run(arguments: &Arguments, subscribe: Target, publish: Option<Target>) -> Result<Report, String> {
    let mut bench = Bench::new(arguments, subscribe, publish).map_err(text)?;
    let done = bench.phases();
    bench.crowd.progress.clear();
    done.map_err(text)?;
    Ok(bench.finish())
}

fn text(error: impl Display) -> String {
    error.to_string()
}

struct Bench<'a> {
    arguments: &'a Arguments,
    crowd: Crowd,
    report: Report,
}

/// How far it was at a time.
struct Mark {
    arrived: u64,
    published: u64,
    used: Option<(Usage, Option<Usage>)>,
}

impl<'a> Bench<'a> {
    fn new(arguments: &'a Arguments, subscribe: Target, publish: Option<Target>) -> Result<Self, String> {
        let poll = Poll::new().map_err(text)?;
        let registry = || poll.registry().try_clone().map_err(text);
        let interrupted = Waker::new(poll.registry(), INTERRUPT).and_then(interrupt::listen).map_err(text)?;
        let clock = Clock::new();
        let publisher = match publish {
            Some(target) => Some(publisher(arguments, target, registry()?)?),
            None => None,
        };
        let numbers = Numbers::new(publisher.is_some().then(|| clock.now()));
        let mut report = Report::new(arguments);
        // Before the memory of the subscribers is needed.
        report.memory_before = memories(arguments);
        let room = Room::new(subscribe, &arguments.header, numbers, clock, registry()?);
        let outstanding = if arguments.rate.is_some() { MOST_OUTSTANDING } else { 1 };
        let pace = Pace::new(arguments.rate, arguments.outstanding.unwrap_or(outstanding) as usize);
        let mut crowd = Crowd::new(poll, room, pace, arguments.timeout, interrupted);
        crowd.publisher = publisher;
        crowd.spin = arguments.spin;
        Ok(Self { arguments, crowd, report })
    }

    fn phases(&mut self) -> io::Result<()> {
        self.connect()?;
        self.idle()?;
        if self.is_alive() {
            self.load()?;
        }
        if self.arguments.reconnect && self.is_alive() {
            self.reconnect()?;
        }
        Ok(())
    }

    /// Whether there is any use in going on.
    fn is_alive(&self) -> bool {
        let nobody = self.crowd.room.open == 0 && self.arguments.subscribers > 0;
        !nobody && !self.crowd.is_interrupted() && self.crowd.publisher_fault.is_none()
    }

    fn now(&self) -> u64 {
        self.crowd.room.clock.now()
    }

    /// All subscribers connect.
    fn connect(&mut self) -> io::Result<()> {
        self.crowd.progress.phase("connecting");
        let own = self.crowd.publisher.is_some();
        for _ in 0..self.arguments.subscribers {
            let ledger = if own { Ledger::from(0) } else { Ledger::default() };
            self.crowd.members.push(Member::new(ledger));
            self.crowd.room.window.join();
        }
        let begin = self.now();
        self.crowd.open(self.arguments.at_once as usize, 0)?;
        // The first bytes mostly come with the heads.
        let patience = begin.max(self.now()) + FIRST_BYTES;
        self.crowd.run(patience, |crowd| crowd.room.begun >= crowd.room.open)?;
        self.report.connect = self.storm(begin);
        self.stall()
    }

    /// Those who never read connect.
    fn stall(&mut self) -> io::Result<()> {
        let total = self.crowd.members.len();
        for index in 0..self.arguments.stalled as usize {
            let source = self.crowd.room.target.source(total + index, total, 0);
            let token = mio::Token(total + index);
            self.crowd.stalled.push(Stalled::open(token, source, &mut self.crowd.room));
        }
        let end = self.now() + nanos(self.arguments.timeout);
        self.crowd.run(end, |crowd| crowd.stalled.iter().all(Stalled::has_asked))
    }

    /// How opening all connections went, which began then.
    fn storm(&self, begin: u64) -> report::Connect {
        let room = &self.crowd.room;
        let all_begun = room.begun >= room.open && room.open > 0;
        report::Connect {
            open: room.open,
            seconds: report::seconds(room.last_opened.saturating_sub(begin)),
            first_bytes_seconds: all_begun.then(|| report::seconds(room.last_begun.saturating_sub(begin))),
            answer_ms: report::Quantiles::new(&room.answers),
        }
    }

    /// Nothing happens for a while.
    fn idle(&mut self) -> io::Result<()> {
        self.crowd.progress.phase("idle");
        let (end, before) = (self.now() + nanos(self.arguments.idle), usages(self.arguments));
        self.crowd.run(end, |_| false)?;
        self.report.memory_idle = memories(self.arguments);
        if let (Some((_, Some(before))), Some((_, Some(after)))) = (before, usages(self.arguments))
            && !self.arguments.idle.is_zero()
        {
            self.report.idle_server = Some(report::Used::new(&before, &after, 0));
        }
        Ok(())
    }

    /// Events are published, or listened for.
    fn load(&mut self) -> io::Result<()> {
        self.crowd.progress.phase(if self.crowd.publisher.is_some() { "publishing" } else { "listening" });
        self.crowd.room.latencies.clear();
        let (mark, begin) = (self.mark(), self.now());
        self.crowd.room.progress = begin;
        self.crowd.pace.begin(begin, self.arguments.events.unwrap_or(u64::MAX));
        let limited = self.arguments.events.is_some();
        let end = if limited { u64::MAX } else { begin + nanos(self.arguments.duration) };
        self.crowd.run(end, |crowd| {
            let stuck = crowd.room.window.outstanding() > 0 && crowd.is_stuck();
            crowd.pace.is_done() || stuck || (crowd.room.open == 0 && !crowd.members.is_empty())
        })?;
        self.drain()?;
        let elapsed = if self.crowd.publisher.is_some() { self.crowd.room.progress } else { self.now() } - begin;
        self.report.load = Some(self.loaded(elapsed, &mark));
        Ok(())
    }

    /// Waits until everybody has everything that was published.
    fn drain(&mut self) -> io::Result<()> {
        if !self.arguments.reconnect || !self.crowd.pace.has_rate() {
            self.crowd.pace.stop();
        }
        let goal = self.crowd.room.window.published();
        let goes_on = !self.crowd.pace.is_done();
        let (mut oldest, mut since) = (0, self.now());
        self.crowd.run(u64::MAX, |crowd| {
            let unanswered = crowd.publisher.as_ref().map_or(0, Publisher::unanswered);
            let delivered = crowd.room.window.oldest() >= goal && (goes_on || unanswered == 0);
            // While publishing goes on, something always comes.
            if crowd.room.window.oldest() > oldest {
                (oldest, since) = (crowd.room.window.oldest(), crowd.room.clock.now());
            }
            let stuck = if goes_on { crowd.is_long_ago(since) } else { crowd.is_stuck() };
            delivered || stuck || (crowd.room.open == 0 && crowd.room.waiting == 0)
        })
    }

    /// How far it is.
    fn mark(&self) -> Mark {
        let room = &self.crowd.room;
        Mark { arrived: room.tally.arrived(), published: room.window.published(), used: usages(self.arguments) }
    }

    /// What was delivered since then, and what that took.
    fn loaded(&self, elapsed: u64, mark: &Mark) -> report::Load {
        let (room, after) = (&self.crowd.room, usages(self.arguments));
        let deliveries = room.tally.arrived() - mark.arrived;
        let (client, server) = match (mark.used, after) {
            (Some((client, server)), Some((client_after, server_after))) => (
                Some(report::Used::new(&client, &client_after, deliveries)),
                server.zip(server_after).map(|(before, after)| report::Used::new(&before, &after, deliveries)),
            ),
            _ => (None, None),
        };
        let own = self.crowd.publisher.is_some() || self.crowd.publisher_fault.is_some();
        let published = own.then(|| room.window.published() - mark.published);
        report::Load {
            seconds: report::seconds(elapsed),
            published,
            published_per_second: published.map(|published| report::per_second(published, elapsed)),
            deliveries,
            deliveries_per_second: report::per_second(deliveries, elapsed),
            latency_ms: report::Quantiles::new(&room.latencies),
            client,
            server,
        }
    }

    /// All lose their connections at once, and come back.
    fn reconnect(&mut self) -> io::Result<()> {
        self.crowd.progress.phase("away");
        let known = self.crowd.room.tally.delivered > 0;
        self.crowd.cut();
        if let Some(command) = &self.arguments.while_away {
            self.crowd.pace.stop();
            self.answered()?;
            shell(command)?;
            // If it was the server that was restarted, the publisher has lost its connection.
            let end = self.now() + nanos(SETTLING);
            self.crowd.run(end, |_| false)?;
        }
        let cut = self.now();
        let own = self.crowd.publisher.is_some();
        if own {
            self.crowd.pace.burst(cut, u64::from(self.arguments.missed));
            self.answered()?;
        }
        let away = self.arguments.away.unwrap_or(if own { Duration::ZERO } else { Duration::from_secs(1) });
        self.crowd.run(cut + nanos(away), |_| false)?;
        self.crowd.progress.phase("coming back");
        self.come_back(known)
    }

    /// All that is to be published now is, and the server has said so.
    fn answered(&mut self) -> io::Result<()> {
        let patience = self.now() + nanos(self.arguments.timeout);
        self.crowd.run(patience, |crowd| {
            crowd.publisher.as_ref().is_none_or(|publisher| publisher.unanswered() == 0 && crowd.pace.is_done())
        })
    }

    fn come_back(&mut self, known: bool) -> io::Result<()> {
        let (begin, goal) = (self.now(), self.crowd.room.window.published());
        let mark = self.mark();
        let with_id = self.crowd.members.iter().filter(|member| member.has_id()).count();
        let room = &mut self.crowd.room;
        room.numbers.begin_return(begin, goal, known);
        room.answers.clear();
        room.latencies.clear();
        (room.begun, room.progress) = (0, begin);
        let away = self.crowd.members.iter().filter(|member| member.state() == State::Away).count();
        if self.crowd.pace.has_rate() {
            self.crowd.pace.begin(begin, u64::MAX);
        }
        self.crowd.open(self.arguments.at_once as usize, 1)?;
        // From now on somebody has to catch up every now and then.
        self.crowd.room.last_returned = self.now();
        self.crowd.run(u64::MAX, |crowd| crowd.room.behind == 0 || crowd.is_long_ago(crowd.room.last_returned))?;
        self.crowd.pace.stop();
        let connect = self.storm(begin);
        let returned = &self.crowd.room.returned;
        let (caught_up, last) = (returned.count(), returned.quantile(1.0));
        self.drain()?;
        let elapsed = self.crowd.room.progress.max(self.crowd.room.last_returned).saturating_sub(begin);
        self.report.reconnect = Some(report::Reconnect {
            cut: away,
            with_last_event_id: with_id,
            caught_up,
            seconds: report::seconds(last),
            caught_up_ms: report::Quantiles::new(&self.crowd.room.returned),
            connect,
            load: self.loaded(elapsed, &mark),
        });
        Ok(())
    }

    /// Counts what has never come, and puts everything together.
    fn finish(mut self) -> Report {
        let interrupted = self.crowd.is_interrupted();
        let crowd = &mut self.crowd;
        let published = crowd.room.window.published();
        let mut unread = 0;
        for member in crowd.members.iter_mut().filter(|member| member.state() != State::Failed) {
            if interrupted {
                unread += published.saturating_sub(member.ledger().next());
            } else {
                member.ledger().skip(published, &mut crowd.room.tally);
            }
        }
        let stalled = &crowd.stalled;
        let gone = stalled.iter().filter_map(Stalled::gone);
        let begun = crowd.begun;
        self.report.stalled = (!stalled.is_empty()).then(|| report::StalledReaders {
            count: stalled.len(),
            closed_by_the_server: gone.clone().count(),
            last_closed_seconds: gone.max().map(|gone| report::seconds(gone.saturating_sub(begun))),
        });
        self.report.memory_after = memories(self.arguments);
        self.report.finish(&mut self.crowd, unread)
    }
}

/// What this process and the server have used, as far as the system tells.
fn usages(arguments: &Arguments) -> Option<(Usage, Option<Usage>)> {
    let own = system::usage(None).ok()?;
    Some((own, arguments.pid.and_then(|pid| system::usage(Some(pid)).ok())))
}

fn memories(arguments: &Arguments) -> Option<report::Memory> {
    usages(arguments).map(|(own, server)| report::Memory {
        server: server.map(|server| server.private_memory),
        client: own.private_memory,
        sockets: own.sockets,
    })
}

/// Runs a command of the user's.
fn shell(command: &str) -> io::Result<()> {
    let (shell, option) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let status = Command::new(shell).args([option, command]).stdin(Stdio::null()).stdout(io::stderr()).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("--while-away: {status}"))) }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Connects the publisher.
fn publisher(arguments: &Arguments, target: Target, registry: mio::Registry) -> Result<Publisher, String> {
    let mut headers = arguments.header.clone();
    if let Some(key) = &arguments.publish_key {
        headers.push(
            Header::parse(&format!("authorization: Bearer {key}"))
                .map_err(|error| format!("--publish-key: {error}"))?,
        );
    }
    let publications = Publications {
        target,
        topic: arguments.topic.clone(),
        size: arguments.size as usize,
        headers,
        patience: arguments.timeout.max(Duration::from_millis(1)),
    };
    Publisher::new(publications, registry, PUBLISHER).map_err(|fault| format!("publisher: {fault}"))
}
