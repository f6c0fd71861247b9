"""The main job on rehearsal callees: run a whole campaign before anyone's phone rings."""
