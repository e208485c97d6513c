"""Fxiaoke 纷享销客 (ShareCRM), simulated from the project's dossier alone."""

from crmbridge_sim.fxiaoke.simulator import FxiaokeSimulator

__all__ = ["FxiaokeSimulator"]
