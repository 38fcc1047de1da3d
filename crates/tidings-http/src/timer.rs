//! The timers of bodies.
//!
//! All bodies of some options that wait for the same moment of their grid share one timer of the runtime. With 10,000 clients the
//! runtime would else touch each body's own three times in an interval, as it comes nearer, and find it in no cache.
//!
//! Whoever changes this: a waker runs, and drops, what others have written, which may wait or stop waiting here. So neither is done
//! with a waker while the lock is held.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Wake, Waker},
};

use slab::Slab;
use tokio::{
    runtime::{Handle, Id},
    task::coop::unconstrained,
    time::{Instant, Sleep, sleep_until},
};

use crate::machine::Moment;

/// Wakes the task of a body at a deadline that mostly moves away before it is reached.
///
/// It is asked after each event, of each of thousands of clients, and what it stands on is then in no cache. So it does as little as it
/// can.
#[derive(Debug, Default)]
pub(crate) struct Timer(Option<Place>);

impl Timer {
    /// Waits for the deadline. If that was earlier at the last call, it may be over before: whoever waits looks at the clock.
    pub(crate) fn poll(
        &mut self,
        deadline: Moment,
        now: Moment,
        timers: &Timers,
        origin: Instant,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        // To move it with each write costs more than to be woken once too early.
        let waits = self.0.as_ref().is_some_and(|place| {
            let at = place.slot.key.at;
            at <= deadline && at > now && place.waker.will_wake(cx.waker())
        });
        if !waits {
            self.0 = None;
            self.0 = timers.wait(deadline, origin, cx.waker());
        }
        if self.0.is_some() { Poll::Pending } else { Poll::Ready(()) }
    }
}

/// The timers of all bodies of some options.
#[derive(Clone, Default)]
pub(crate) struct Timers(Arc<Mutex<HashMap<Key, Waiting>>>);

/// What a timer is for. Each runtime has its own, so that none waits for another, nor for one that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    runtime: Id,
    at: Moment,
}

/// Those that wait for the same moment: one at least.
struct Waiting {
    slot: Arc<Slot>,
    /// It wakes the slot, for as long as it is kept.
    _sleep: Pin<Box<Sleep>>,
    wakers: Slab<Waker>,
}

/// A moment that somebody waits for.
#[derive(Debug)]
struct Slot {
    timers: Timers,
    key: Key,
}

/// One body among those that wait for a moment. It waits no longer when this is dropped.
#[derive(Debug)]
struct Place {
    slot: Arc<Slot>,
    index: usize,
    waker: Waker,
}

impl Timers {
    /// Waits for a moment, unless it is over.
    fn wait(&self, at: Moment, origin: Instant, waker: &Waker) -> Option<Place> {
        let key = Key { runtime: Handle::current().id(), at };
        let mut all = self.lock();
        let waiting = match all.entry(key) {
            Entry::Occupied(waiting) => waiting.into_mut(),
            Entry::Vacant(vacant) => {
                let slot = Arc::new(Slot { timers: self.clone(), key });
                let mut sleep = Box::pin(sleep_until(Instant::from_std(at.instant(origin.into_std()))));
                // Else a task that has used its share of the runtime has all woken at once, outside of a task even with the lock held.
                let polled = pin!(unconstrained(sleep.as_mut())).poll(&mut Context::from_waker(&slot.clone().into()));
                if polled.is_ready() {
                    return None;
                }
                vacant.insert(Waiting { slot, _sleep: sleep, wakers: Slab::new() })
            }
        };
        let index = waiting.wakers.insert(waker.clone());
        Some(Place { slot: waiting.slot.clone(), index, waker: waker.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// Those that wait for this moment, if they still do: the same moment can have another slot after this one.
    fn waiting<'a>(&self, all: &'a mut HashMap<Key, Waiting>) -> Option<&'a mut Waiting> {
        all.get_mut(&self.key).filter(|waiting| std::ptr::eq(Arc::as_ptr(&waiting.slot), self))
    }
}

impl Wake for Slot {
    fn wake(self: Arc<Self>) {
        let waiting = {
            let mut all = self.timers.lock();
            self.waiting(&mut all).is_some().then(|| all.remove(&self.key)).flatten()
        };
        for (_, waker) in waiting.into_iter().flat_map(|waiting| waiting.wakers) {
            waker.wake();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let (waker, emptied) = {
            let mut all = self.slot.timers.lock();
            let Some(waiting) = self.slot.waiting(&mut all) else { return };
            let waker = waiting.wakers.try_remove(self.index);
            let emptied = waiting.wakers.is_empty().then(|| all.remove(&self.slot.key));
            (waker, emptied)
        };
        drop((waker, emptied));
    }
}

impl fmt::Debug for Timers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timers").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    use tokio::{
        runtime::Builder,
        task::coop::{consume_budget, has_budget_remaining},
        time::sleep,
    };

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// How often it was woken, and what it drops then.
    #[derive(Default)]
    struct Task {
        woken: AtomicUsize,
        holds: Mutex<Option<Timer>>,
    }

    impl Wake for Task {
        fn wake(self: Arc<Self>) {
            self.woken.fetch_add(1, Ordering::Relaxed);
            drop(self.holds.lock().expect("nobody panics").take());
        }
    }

    impl Task {
        fn woken(&self) -> usize {
            self.woken.load(Ordering::Relaxed)
        }
    }

    /// Some timers of the same options.
    struct Tested {
        timers: Timers,
        origin: Instant,
    }

    impl Tested {
        fn new() -> Self {
            Self { timers: Timers::default(), origin: Instant::now() }
        }

        fn poll(&self, timer: &mut Timer, after: Duration, task: &Arc<Task>) -> Poll<()> {
            let now = Moment::new(Instant::now().into_std(), self.origin.into_std());
            let at = Moment::new(self.origin.into_std(), self.origin.into_std()).after(after);
            timer.poll(at, now, &self.timers, self.origin, &mut Context::from_waker(&task.clone().into()))
        }

        /// A timer that waits.
        fn waiting(&self, after: Duration, task: &Arc<Task>) -> Timer {
            let mut timer = Timer::default();
            assert!(self.poll(&mut timer, after, task).is_pending());
            timer
        }

        /// How many moments are waited for.
        fn moments(&self) -> usize {
            self.timers.lock().len()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn all_that_wait_for_a_moment_have_one_timer() {
        let (tested, tasks) = (Tested::new(), [(); 4].map(|()| Arc::<Task>::default()));
        // Nobody polls them again: they wake each other not.
        let timers = [1, 1, 1, 2].map(|seconds| tested.waiting(seconds * SECOND, &tasks[0]));
        let others = [1, 2].map(|seconds| tested.waiting(seconds * SECOND, &tasks[1]));
        assert_eq!(tested.moments(), 2);
        sleep(SECOND + SECOND / 2).await;
        assert_eq!((tasks[0].woken(), tasks[1].woken()), (3, 1));
        assert_eq!(tested.moments(), 1);
        sleep(SECOND).await;
        assert_eq!((tasks[0].woken(), tasks[1].woken()), (4, 2));
        assert_eq!(tested.moments(), 0);
        drop((timers, others));
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_dropped_waits_no_longer() {
        let (tested, task, other) = (Tested::new(), Arc::default(), Arc::default());
        let (first, second) = (tested.waiting(SECOND, &other), tested.waiting(SECOND, &task));
        drop(second);
        assert_eq!(tested.moments(), 1);
        sleep(2 * SECOND).await;
        assert_eq!((task.woken(), other.woken()), (0, 1));
        // The same moment again, for another: what is over takes nothing away from it.
        let now = Tested { timers: tested.timers.clone(), origin: tested.origin + 2 * SECOND };
        let third = now.waiting(SECOND, &task);
        drop(first);
        assert_eq!(now.moments(), 1);
        drop(third);
        assert_eq!(now.moments(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn it_moves_only_to_an_earlier_moment_or_another_task() {
        let (tested, task, other) = (Tested::new(), Arc::default(), Arc::default());
        let mut timer = tested.waiting(5 * SECOND, &task);
        assert!(tested.poll(&mut timer, 9 * SECOND, &task).is_pending());
        sleep(6 * SECOND).await;
        assert_eq!(task.woken(), 1, "too early, as it was");
        assert!(tested.poll(&mut timer, 9 * SECOND, &task).is_pending());
        assert!(tested.poll(&mut timer, 7 * SECOND, &task).is_pending());
        sleep(2 * SECOND).await;
        assert_eq!(task.woken(), 2, "no later than it is to");
        assert!(tested.poll(&mut timer, 9 * SECOND, &task).is_pending());
        assert!(tested.poll(&mut timer, 9 * SECOND, &other).is_pending());
        assert_eq!(tested.moments(), 1);
        sleep(2 * SECOND).await;
        assert_eq!((task.woken(), other.woken()), (2, 1));
        assert!(tested.poll(&mut timer, 9 * SECOND, &other).is_ready());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_woken_may_stop_waiting() {
        let (tested, task, other) = (Tested::new(), Arc::<Task>::default(), Arc::default());
        let timer = tested.waiting(SECOND, &task);
        *task.holds.lock().expect("nobody panics") = Some(tested.waiting(2 * SECOND, &other));
        sleep(3 * SECOND).await;
        assert_eq!((task.woken(), other.woken()), (1, 0));
        drop(timer);
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_has_used_its_share_waits_too() {
        let (tested, task) = (Tested::new(), Arc::default());
        while has_budget_remaining() {
            assert!(pin!(consume_budget()).poll(&mut Context::from_waker(Waker::noop())).is_ready());
        }
        let timer = tested.waiting(SECOND, &task);
        sleep(SECOND / 2).await;
        assert_eq!(task.woken(), 0);
        sleep(SECOND).await;
        assert_eq!(task.woken(), 1);
        drop(timer);
    }

    #[test]
    fn a_runtime_does_not_wait_for_another() {
        let [first, second] = [(); 2]
            .map(|()| Builder::new_current_thread().enable_time().start_paused(true).build().expect("it starts"));
        let (tested, task, other) = (Tested::new(), Arc::default(), Arc::default());
        let timers = [(&first, &task), (&second, &other)]
            .map(|(runtime, task)| runtime.block_on(async { tested.waiting(SECOND, task) }));
        assert_eq!(tested.moments(), 2);
        drop(first);
        assert_eq!((task.woken(), other.woken()), (1, 0), "its end wakes those who wait");
        second.block_on(async { sleep(2 * SECOND).await });
        assert_eq!(other.woken(), 1);
        drop(timers);
    }
}
