//! Runs that are spread, stopped, gone on with, compared, and held against
//! what is known; with the reference and a reader full of faults.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::command::{Called, assay_in, tree};

const REFERENCE: &str = "title = \"the reference\"\nlanguage = \"rust\"\n\
                         [run]\ncommand = [\"{assay}\", \"adapter\"]\n";
const CARELESS: &str = "title = \"careless\"\nlanguage = \"Python\"\n\
                        [run]\ncommand = [\"python3\", \"{dir}/wrong_reader.py\", \"careless\"]\n";

/// A tree of its own: the real spec and corpus, the reference, a careless reader.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Home {
        let home = Home { folder: TempDir::new().expect("a temporary folder") };
        for name in ["spec", "corpus"] {
            std::os::unix::fs::symlink(tree().join(name), home.path(name)).expect("a link");
        }
        home.add("reference", REFERENCE);
        home.add("careless", CARELESS);
        let reader = include_str!("wrong_reader.py");
        fs::write(home.path("harness/careless/wrong_reader.py"), reader).expect("it is written");
        home
    }

    fn add(&self, id: &str, manifest: &str) {
        let folder = self.path("harness").join(id);
        fs::create_dir_all(&folder).expect("it can be made");
        fs::write(folder.join("adapter.toml"), manifest).expect("it can be written");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn assay(&self, words: &str) -> Called {
        let home = self.folder.path().to_str().expect("UTF-8");
        let words: Vec<String> =
            words.split_whitespace().map(|word| word.replace("HOME", home)).collect();
        assay_in(self.folder.path(), words)
    }

    fn record(&self, out: &str) -> String {
        fs::read_to_string(self.path(out).join("record.jsonl")).expect("there is a record")
    }

    fn known(&self) -> String {
        fs::read_to_string(self.path("harness/careless/known.toml")).expect("there is a file")
    }
}

/// A record without what tells of times and of the number of restarts.
fn timeless(text: &str) -> String {
    let of = |line: &str| {
        let mut line: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
        for key in ["started", "seconds", "restarts"] {
            line.as_object_mut().expect("an object").remove(key);
        }
        line.to_string() + "\n"
    };
    text.lines().map(of).collect()
}

/// Cases on which the careless reader is right, refuses and sees other things.
const SOME: &str = "--case shape/";

#[test]
fn two_runs_with_the_same_seed_leave_the_same_record() {
    let home = Home::new();
    for (out, jobs) in [("one", 1), ("two", 2)] {
        home.assay(&format!("run {SOME} --seed 5 --jobs {jobs} --out HOME/{out} --allow-findings"))
            .exits(0);
    }
    let [one, two] = ["one", "two"].map(|out| home.record(out));
    assert_eq!(timeless(&one), timeless(&two));
    assert!(one.lines().next().expect("a header").contains("\"seed\":5"), "{one}");
    assert!(!one.contains(home.folder.path().to_str().expect("UTF-8")), "no place is named");
    home.assay("compare HOME/one HOME/two").exits(0).prints("Nothing changed");
}

#[test]
fn shards_merge_into_what_one_machine_would_have_left() {
    let home = Home::new();
    home.assay(&format!("run {SOME} --out HOME/whole --allow-findings")).exits(0);
    for number in 1..=3 {
        let shard = format!("--shard {number}/3 --out HOME/part-{number}");
        home.assay(&format!("run {SOME} {shard} --allow-findings")).exits(0);
    }
    let parts = "HOME/part-1 HOME/part-2 HOME/part-3";
    home.assay(&format!("merge {parts} --out HOME/merged")).exits(1).prints("careless");
    home.assay(&format!("merge {parts} --out HOME/merged --allow-findings")).exits(0);
    assert_eq!(timeless(&home.record("merged")), timeless(&home.record("whole")));
    assert!(home.path("merged/matrix.md").is_file());

    home.assay("merge HOME/part-1 HOME/part-3 --out HOME/no").exits(2).complains("missing: 2");
    home.assay("merge HOME/part-1 HOME/part-1 HOME/part-2 HOME/part-3 --out HOME/no")
        .exits(2)
        .complains("there twice");
    home.assay("merge HOME/whole --out HOME/no").exits(2).complains("no shard");
    assert!(!home.path("no").exists());
    home.assay("run --shard 4/3").exits(2).complains("1/4 to 4/4");
}

#[test]
fn known_deviations_pass_and_surprises_do_not() {
    let home = Home::new();
    let run = |more: &str| home.assay(&format!("run {SOME} --out HOME/out {more}"));
    run("").exits(1).prints("there is no known.toml");
    run("--update-known").exits(0);
    let known = home.known();
    assert!(known.contains("outcome = \"misread\"") && !known.contains('*'), "{known}");
    run("").exits(0).prints("known deviation");
    assert_eq!(
        run("--format json").exits(0).json()["known"][0]["surprises"],
        serde_json::json!([])
    );
    run("--no-known").exits(1);

    // An entry that is not true any more, one for nothing, one whose day is over.
    let path = home.path("harness/careless/known.toml");
    let more = "\n[[known]]\nrule = \"shape/size-fits\"\noutcome = \"crash\"\ncases = [\"no-such-case\"]\n\
                reason = \"bug\"\nsince = \"1\"\nexpires = \"2020-01-01\"\n";
    fs::write(&path, format!("{known}{more}")).expect("it is written");
    run("").exits(1).prints("stale").prints("expired");
    run("--update-known").exits(0);
    assert_eq!(home.known().trim_end(), known.trim_end());

    fs::write(&path, known.replace("misread", "misred")).expect("it is written");
    run("").exits(2).complains("known.toml is faulty").complains("misred");
    fs::write(&path, known.replace("rule = \"shape/", "rule = \"*/")).expect("it is written");
    run("").exits(2).complains("no patterns over rules");
}

#[test]
fn reports_are_made_from_records() {
    let home = Home::new();
    let cases = "--case header/";
    home.assay(&format!("run {cases} --out HOME/out --allow-findings")).exits(0);
    home.assay("report matrix HOME/out").exits(0).prints("careless");
    home.assay("report splits HOME/out/record.jsonl --format markdown").exits(0);
    let reasons =
        home.assay("report reasons HOME/out --of reference --format json").exits(0).json();
    assert!(reasons[0]["refusals"].as_u64() > Some(100), "{reasons}");
    home.assay("report reasons HOME/out --of nobody")
        .exits(2)
        .complains("it has careless, reference");
    home.assay("report matrix HOME/nothing").exits(2).complains("cannot read the record");
    home.assay("report matrix HOME/harness").exits(2).complains("holds no record.jsonl");
}

#[test]
fn a_regression_fails_a_comparison() {
    let home = Home::new();
    home.assay(&format!("run {SOME} --out HOME/before --allow-findings")).exits(0);
    // The reference cannot be set up any more, and the careless reader is as it was.
    home.add(
        "reference",
        &format!("{REFERENCE}[[requires]]\ncommand = \"no-such-tool\"\ninstall = \"x\"\n"),
    );
    home.assay(&format!("run {SOME} --out HOME/after --allow-findings")).exits(0);
    home.assay("compare HOME/before HOME/after").exits(1).prints("lost");
    home.assay("compare HOME/before HOME/after --fail-on broken").exits(0);
    home.assay("compare HOME/after HOME/before --fail-on gained").exits(1).prints("gained");
    let all = home.assay("compare HOME/before HOME/after --format json --fail-on none").exits(0);
    assert!(all.json()["total"]["lost"].as_u64() > Some(10), "{}", all.stdout);
    home.assay("compare HOME/before HOME/after --format markdown").exits(1).prints("more");
}

/// Lines of an unfinished record.
fn written(path: &Path) -> usize {
    fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

/// Processes whose command line names the folder.
fn processes_of(folder: &Path) -> Vec<String> {
    let folder = folder.to_str().expect("UTF-8");
    let all = fs::read_dir("/proc").expect("there is /proc").flatten();
    let commands = all.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    commands
        .map(|command| String::from_utf8_lossy(&command).replace('\0', " "))
        .filter(|command| command.contains(folder))
        .collect()
}

/// The harness is killed in the middle of a run, twice, and what is left is gone on with.
#[cfg(target_os = "linux")]
#[test]
fn a_killed_run_is_gone_on_with() {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    let home = Home::new();
    // Slow enough to be met in the middle, and deaf to the end of its input.
    let slow = include_str!("wrong_reader.py")
        .replace("    print(json.dumps", "    import time; time.sleep(0.01)\n    print(json.dumps");
    assert!(slow.contains("sleep"), "the reader is slowed down");
    let slow = format!("{slow}\nimport time\nif request[\"op\"] != \"bye\": time.sleep(600)\n");
    fs::write(home.path("harness/careless/wrong_reader.py"), slow).expect("it is written");
    let run = format!("run {SOME} --jobs 1 --allow-findings --out");
    home.assay(&format!("{run} HOME/whole")).exits(0);

    let partial = home.path("out/record.jsonl.partial");
    for (enough, resume) in [(30, ""), (120, "--resume")] {
        let arguments = format!("{run} {}/out {resume}", home.folder.path().display());
        let mut child = Command::new(env!("CARGO_BIN_EXE_assay"))
            .args(arguments.split_whitespace())
            .env("ASSAY_HOME", home.folder.path())
            .env("ASSAY_CACHE", home.path("cache"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("assay starts");
        let patience = Instant::now() + Duration::from_secs(60);
        while written(&partial) < enough && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().expect("it is killed with SIGKILL");
        child.wait().expect("it is gone");
        assert!(written(&partial) >= enough, "it was met in the middle");
        assert!(!home.path("out/record.jsonl").exists());
        let reader = home.path("harness/careless");
        let gone = (0..1000).any(|_| {
            std::thread::sleep(Duration::from_millis(5));
            processes_of(&reader).is_empty()
        });
        assert!(gone, "still running: {:?}", processes_of(&reader));
    }
    home.assay("report matrix HOME/out").exits(2).complains("--resume");
    home.assay(&format!("{run} HOME/out --resume --seed 3"))
        .exits(2)
        .complains("the seed is 0, not 3");
    home.assay(&format!("{run} HOME/out --resume --skip careless")).exits(2).complains("careless");
    // A line that was being written when the run was killed.
    let text = fs::read_to_string(&partial).expect("it is there");
    fs::write(&partial, format!("{text}{{\"line\":\"resu")).expect("it is written");
    home.assay(&format!("{run} HOME/out --resume")).exits(0);
    assert_eq!(timeless(&home.record("out")), timeless(&home.record("whole")));
    assert!(!partial.exists());
    home.assay(&format!("{run} HOME/out --resume")).exits(2).complains("no unfinished run");
}

#[test]
fn a_site_is_written_whole_and_nothing_else_is_replaced() {
    let home = Home::new();
    for name in ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", ".github"] {
        std::os::unix::fs::symlink(tree().join(name), home.path(name)).expect("a link");
    }
    for name in ["README.md", "PROTOCOL.md"] {
        let to = home.path("harness").join(name);
        std::os::unix::fs::symlink(tree().join("harness").join(name), to).expect("a link");
    }
    home.assay(&format!("run {SOME} --out HOME/run --allow-findings")).exits(0);
    home.assay("report html HOME/site HOME/run").exits(0).complains("site/index.html");
    let index = fs::read_to_string(home.path("site/index.html")).expect("a page");
    assert!(index.contains("implementation/careless.html#shape/"), "{index}");
    let record = home.record("run");
    let case = record.lines().find(|line| line.contains("\"line\":\"result\"")).expect("a result");
    let case: serde_json::Value = serde_json::from_str(case).expect("JSON");
    let case = case["case"].as_str().expect("an id");
    assert!(home.path(&format!("site/case/{case}.html")).is_file(), "{case}");
    let [kept, copied] = ["corpus", "site/corpus"]
        .map(|of| fs::read(home.path(&format!("{of}/files/{case}.safetensors"))));
    assert_eq!(kept.expect("a file"), copied.expect("a copy"));

    // Again, over itself; with an earlier run beside it.
    fs::write(home.path("site/stale.html"), "").expect("it is written");
    home.assay("report html HOME/site HOME/run --earlier HOME/run").exits(0);
    assert!(!home.path("site/stale.html").exists());
    let others: Vec<_> = fs::read_dir(home.folder.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .filter(|name| name.starts_with(".assay-site"))
        .collect();
    assert!(others.is_empty(), "{others:?}");

    fs::create_dir(home.path("mine")).expect("it is made");
    fs::write(home.path("mine/thesis.txt"), "dear").expect("it is written");
    home.assay("report html HOME/mine HOME/run").exits(2).complains("no site of assay");
    assert_eq!(fs::read_to_string(home.path("mine/thesis.txt")).expect("a file"), "dear");
    home.assay("report html HOME/run/record.jsonl HOME/run").exits(2).complains("cannot write");
}
