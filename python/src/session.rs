//! A command that runs for Python: on a thread of its own, without the interpreter's lock, watched and stopped from there.

use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::io::Read;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use nbar::report::Report;
use nbar::{Observer, Progress};
use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError};
use pyo3::prelude::*;

use super::called::{Called, Law};
use super::columns::Table;
use super::command::fit::Made;
use super::errors::Refused;
use super::held::Fit;
use super::host::{HOST, Host};

/// Between one look at the work and the next.
const TICK: Duration = Duration::from_millis(50);
/// Bytes of the thread's stack.
const STACK: usize = 16 << 20;

type Open = Box<dyn Fn() -> Box<dyn Read> + Send + Sync>;

/// What a command is given by name.
#[derive(Default)]
pub(crate) struct Inputs {
    texts: HashMap<String, Open>,
    fits: HashMap<String, Arc<Made>>,
    laws: HashMap<String, Arc<Called>>,
    /// Laws of Python that the work may call: those, and those of the fits.
    called: Vec<Arc<Called>>,
}

/// What the work and its caller share.
#[derive(Default)]
struct Shared {
    is_stopped: AtomicBool,
    /// Whether the work asks if it is to stop, and whether it was told so.
    asks: AtomicBool,
    knows: AtomicBool,
    latest: Mutex<Option<Progress>>,
}

/// What a command came to.
pub(crate) struct Done<T> {
    pub(crate) value: T,
    /// What it said besides.
    pub(crate) said: Vec<String>,
    /// Whether it was stopped, and this is what was done until then.
    pub(crate) is_stopped: bool,
}

impl Inputs {
    /// Tables, saved fits and laws, by the names that stand for them.
    pub(crate) fn new(
        py: Python<'_>,
        tables: HashMap<String, Py<Table>>,
        fits: HashMap<String, Py<Fit>>,
        laws: HashMap<String, Py<Law>>,
    ) -> Self {
        let open = |table: Py<Table>| Box::new(table.bind(py).get().reader()) as Open;
        let laws: HashMap<String, Arc<Called>> =
            laws.into_iter().map(|(name, law)| (name, law.bind(py).get().of_fit(py))).collect();
        let of_fits = fits.values().filter_map(|fit| fit.bind(py).get().law());
        Self {
            texts: tables.into_iter().map(|(name, table)| (name, open(table))).collect(),
            called: laws.values().cloned().chain(of_fits).collect(),
            fits: fits.into_iter().map(|(name, fit)| (name, fit.bind(py).get().made())).collect(),
            laws,
        }
    }

    /// None of these, and a law that the work may call.
    pub(crate) fn of_law(law: Option<Arc<Called>>) -> Self {
        Self { called: law.into_iter().collect(), ..Self::default() }
    }

    /// The law of Python that the work is about: the one of these names.
    pub(crate) fn law(&self) -> Option<Arc<Called>> {
        self.laws.values().next().cloned()
    }
}

#[derive(Default)]
struct Session {
    inputs: Inputs,
    shared: Arc<Shared>,
    said: RefCell<Vec<String>>,
}

impl Host for Session {
    fn open(&self, name: &str) -> Option<Box<dyn Read>> {
        self.inputs.texts.get(name).map(|open| open())
    }

    fn fit(&self, name: &str) -> Option<Report> {
        self.inputs.fits.get(name).map(|made| made.report.clone())
    }

    fn law(&self, name: &str) -> Option<Arc<dyn nbar::law::Law>> {
        self.inputs.laws.get(name).map(|law| law.clone() as Arc<dyn nbar::law::Law>)
    }

    fn hear(&self, line: &str) {
        self.said.borrow_mut().push(line.to_owned());
    }

    fn observer(&self) -> Observer {
        let (shared, called) = (self.shared.clone(), self.inputs.called.clone());
        Observer::new(move |progress| {
            if let Ok(mut latest) = shared.latest.try_lock() {
                let begins = progress.done == 0;
                let goes_on =
                    |last: &Progress| begins || last.what != progress.what || last.done < progress.done;
                if latest.as_ref().is_none_or(goes_on) {
                    *latest = Some(progress);
                }
            }
            shared.asks.store(true, Ordering::Relaxed);
            let is_stopped = shared.is_stopped.load(Ordering::Relaxed);
            if is_stopped {
                shared.knows.store(true, Ordering::Relaxed);
            }
            match is_stopped || called.iter().any(|law| law.has_failed()) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })
    }
}

/// Does what a host would have it do: keywords are said for flags.
pub(crate) fn hosted<T>(work: impl FnOnce() -> T) -> T {
    let before = HOST.replace(Some(Rc::new(Session::default())));
    let done = work();
    HOST.set(before);
    done
}

/// Does the work, and tells `listener` how far it is: `what, done, total`. Ctrl-C stops it once what it has can be
/// returned; the second one leaves it, and so does the first where the work never asks.
pub(crate) fn run<T: Send + 'static>(
    py: Python<'_>,
    inputs: Inputs,
    listener: Option<Py<PyAny>>,
    work: impl FnOnce() -> Result<T, Refused> + Send + 'static,
) -> PyResult<Done<T>> {
    let shared = Arc::new(Shared::default());
    let called = inputs.called.clone();
    // What an earlier question raised is told already.
    called.iter().for_each(|law| drop(law.take_failure()));
    let (sender, receiver) = mpsc::channel();
    let receiver = Mutex::new(receiver);
    let of_thread = shared.clone();
    let on_thread = move || {
        let session = Rc::new(Session { inputs, shared: of_thread, said: RefCell::default() });
        HOST.set(Some(session.clone()));
        let outcome = catch_unwind(AssertUnwindSafe(work));
        HOST.set(None);
        let said = session.said.take();
        // Memory of Python is given back before the answer is: later the interpreter may be ending.
        drop(session);
        // Nobody listens any more where the work was left.
        let _ = sender.send((outcome, said));
    };
    let failed =
        |error: &dyn std::fmt::Display| PyRuntimeError::new_err(format!("no thread can be had: {error}"));
    thread::Builder::new().stack_size(STACK).spawn(on_thread).map_err(|error| failed(&error))?;
    let mut interrupts = 0;
    let (outcome, said) = loop {
        match py.detach(|| receiver.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(TICK)) {
            Ok(done) => break done,
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(error) => return Err(failed(&error)),
        }
        if let Err(raised) = py.check_signals().and_then(|()| tell(py, listener.as_ref(), &shared)) {
            shared.is_stopped.store(true, Ordering::Relaxed);
            interrupts += 1;
            let waits = interrupts == 1 && shared.asks.load(Ordering::Relaxed);
            if !waits || !raised.is_instance_of::<PyKeyboardInterrupt>(py) {
                return Err(raised);
            }
        }
    };
    if let Some(raised) = called.iter().find_map(|law| law.take_failure()) {
        return Err(raised);
    }
    let is_stopped = shared.knows.load(Ordering::Relaxed);
    match outcome {
        Ok(Ok(value)) => Ok(Done { value, said, is_stopped }),
        Ok(Err(refused)) => Err(refused.raise(py)),
        Err(panic) => Err(Refused::defect(&message(&*panic)).raise(py)),
    }
}

/// Tells how far the work is.
fn tell(py: Python<'_>, listener: Option<&Py<PyAny>>, shared: &Shared) -> PyResult<()> {
    let Some(listener) = listener else { return Ok(()) };
    let latest = *shared.latest.lock().unwrap_or_else(PoisonError::into_inner);
    let (what, done, total) = latest.map_or(("", 0, 0), |p| (p.what, p.done, p.total));
    listener.call1(py, (what, done, total)).map(drop)
}

/// What a panic said.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
