"""Networks of a few million parameters: ours, NanoTrack, LightTrack."""

from __future__ import annotations

from siamtrack.tracking.config import PenaltySelect, SmallSearch, TrackConfig
from siamtrack.zoo import builders
from siamtrack.zoo.presets.preset import RPN_LOST, Preset

LIGHT: dict[str, Preset] = {
    "siamtrack-s": Preset(
        summary="light default: EfficientNet-Lite2, pixel-wise and depth-wise correlation",
        source="this project",
        build=builders.siamtrack_s,
        # Chosen for an earlier network on the eight OTB sequences of docs/siamtrack-s.md among a dozen settings; there
        # a score of 0.3 to 0.4 stands for an overlap below 0.3. sure_above: docs/metric-learning.md.
        config=TrackConfig(
            PenaltySelect(penalty_k=0.15, window_influence=0.25, size_lr=0.4), lost_below=0.4, sure_above=0.6
        ),
    ),
    "nanotrack_v1": Preset(
        summary="smallest: MobileNetV3-Small, one pixel-wise correlation",
        source="NanoTrack (Chu 2022, no paper); its configv1.yaml",
        build=builders.nanotrack_v1,
        config=TrackConfig(PenaltySelect(penalty_k=0.148, window_influence=0.462, size_lr=0.390), "pysot", **RPN_LOST),
        checkpoint="SiamTrackers: NanoTrack/models/pretrained/nanotrackv1.pth",
        published="VOT2018 EAO 0.311, GOT-10k val AO 0.604 (NanoTrack, README.md)",
    ),
    "nanotrack_v2": Preset(
        summary="MobileNetV3-Small, a pixel-wise correlation for class and box each",
        source="NanoTrack (Chu 2022, no paper); its configv2.yaml",
        build=builders.nanotrack_v2,
        config=TrackConfig(PenaltySelect(penalty_k=0.150, window_influence=0.490, size_lr=0.385), "pysot", **RPN_LOST),
        checkpoint="SiamTrackers: NanoTrack/models/pretrained/nanotrackv2.pth",
        published="VOT2018 EAO 0.352, GOT-10k val AO 0.680 (NanoTrack, README.md)",
    ),
    "nanotrack_v3": Preset(
        summary="MobileNetV3-Small, pixel-wise and depth-wise correlation for class and box each",
        source="NanoTrack (Chu 2023, no paper); its configv3.yaml",
        build=builders.nanotrack_v3,
        config=TrackConfig(PenaltySelect(penalty_k=0.138, window_influence=0.455, size_lr=0.348), "pysot", **RPN_LOST),
        checkpoint="SiamTrackers: NanoTrack/models/pretrained/nanotrackv3.pth",
        published="VOT2018 EAO 0.449, GOT-10k val AO 0.719 (NanoTrack, README.md)",
    ),
    "lighttrack_m": Preset(
        summary="layers found by architecture search for mobile devices, pixel-wise correlation",
        source="Yan et al. 2021; LightTrack-M, values for VOT2019",
        build=builders.lighttrack_m,
        config=TrackConfig(
            PenaltySelect(penalty_k=0.007, window_influence=0.225, size_lr=0.616),
            "lighttrack",
            small=SmallSearch(search_px=288),
            **RPN_LOST,
        ),
        checkpoint="LightTrack: LightTrackM.pth (its repository's snapshot)",
        published="VOT2019 EAO 0.333 (LightTrack, experiments/test/VOT/LightTrack.yaml)",
    ),
}
