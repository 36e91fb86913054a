//! How questions about the practice org are answered, on the worker's threads.

use super::{PracticeAsk, PracticeDeed, PracticeTold};
use crate::cancel::Cancel;
use crate::gui::event::Answer;
use crate::gui::format;
use crate::workspace::{Workspace, WorkspaceError, world_label};
use std::sync::Arc;

/// Answers.
pub(in crate::gui) fn answer(workspace: &Workspace, ask: PracticeAsk) -> PracticeTold {
    match ask {
        PracticeAsk::Look { after, turn } => {
            let calls = workspace.practice_calls(after);
            let answer = calls.and_then(|calls| Ok((Arc::new(workspace.practice_status()?), calls)));
            PracticeTold::Looked { turn, answer }
        }
        PracticeAsk::SignIn => PracticeTold::SignIn(workspace.practice_sign_in().map(Arc::new)),
        PracticeAsk::KeyFile => PracticeTold::KeyFile(workspace.practice_key_file()),
        PracticeAsk::Snapshots => PracticeTold::Snapshots(workspace.practice_snapshots()),
        PracticeAsk::Do(deed) => {
            let answer = perform(workspace, deed);
            PracticeTold::Did { answer, status: workspace.practice_status().ok().map(Arc::new) }
        }
    }
}

fn perform(workspace: &Workspace, deed: PracticeDeed) -> Answer<Option<String>> {
    let records =
        || Ok::<_, WorkspaceError>(format::count(workspace.practice_status()?.all_records(), "record", "records"));
    match deed {
        PracticeDeed::SwitchOn(script, _) => workspace.practice_play(&script).map(|_| None),
        PracticeDeed::SwitchOff(numbers) => {
            for number in numbers {
                workspace.practice_switch_off(number)?;
            }
            Ok(None)
        }
        PracticeDeed::Clear => {
            workspace.practice_clear()?;
            Ok(Some("All bad days are off".to_owned()))
        }
        PracticeDeed::Play(path) => {
            let count = workspace.practice_play_file(&path)?.len() as u64;
            Ok(Some(format!("{} switched on", format::count(count, "bad day", "bad days"))))
        }
        PracticeDeed::Reset(world, keep) => {
            let before = records()?;
            let kept = keep.map(|name| workspace.practice_snapshot(Some(&name))).transpose()?;
            workspace.practice_reset(&world)?;
            let kept = kept.map(|name| format!("; what was there is kept as \"{name}\"")).unwrap_or_default();
            let label = world_label(&world);
            Ok(Some(format!("The practice org was reset to {label}: {before} removed, {} planted{kept}", records()?)))
        }
        PracticeDeed::Snapshot(name) => {
            let name = workspace.practice_snapshot(name.as_deref())?;
            Ok(Some(format!("{} kept as \"{name}\"", records()?)))
        }
        PracticeDeed::Restore(name) => {
            workspace.practice_restore(&name)?;
            Ok(Some(format!("The practice org is as it was in \"{name}\": {}", records()?)))
        }
        PracticeDeed::AddSchema(path) => {
            workspace.practice_add_schema(&path)?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            Ok(Some(format!("The practice org has the objects and fields of {name}")))
        }
        PracticeDeed::CopySchema(alias) => {
            let copied = workspace.practice_copy_schema(&alias, &[], &Cancel::new(), &mut |_| {})?;
            let left_out = match copied.remarks.len() as u64 {
                0 => String::new(),
                left => format!(
                    "; {} not taken over, see linkspan practice copy-schema",
                    format::count(left, "thing", "things")
                ),
            };
            Ok(Some(format!(
                "The schema of {alias} was copied: {} added, {} brought into shape, {}{left_out}",
                format::count(copied.added.len() as u64, "object", "objects"),
                copied.changed.len(),
                format::count(copied.fields as u64, "new field", "new fields"),
            )))
        }
        PracticeDeed::DeleteSnapshot(name) => {
            workspace.practice_delete_snapshot(&name)?;
            Ok(Some(format!("The snapshot \"{name}\" was deleted")))
        }
    }
}
