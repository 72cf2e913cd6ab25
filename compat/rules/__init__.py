"""The catalogue: one file a rule, listed here by hand; a test compares the list with the files on disk.

Families: REQ requirements, PYV Python and platform, ABI releases and binary coupling, CUD CUDA builds, CHN conda
channels, ENV the environment as a whole, GAP what the matrix could not say, IMG images, LCK lock files, WRK
what runs images.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from compat.rules.base import Rule

if TYPE_CHECKING:
    from compat.rules.workload_base import WorkloadRule

#: Module and class of each rule, in the order of the codes.
CATALOGUE: tuple[tuple[str, str], ...] = (
    ("abi001_incompatible_releases", "IncompatibleReleases"),
    ("abi002_known_broken_pair", "KnownBrokenPair"),
    ("abi003_wheel_file_mismatch", "WheelFileMismatch"),
    ("abi004_extension_built_at_install", "ExtensionBuiltAtInstall"),
    ("abi005_pip_breaks_conda_builds", "PipBreaksCondaBuilds"),
    ("chn001_missing_nvidia_channel", "MissingNvidiaChannel"),
    ("chn002_release_not_on_channel", "ReleaseNotOnChannel"),
    ("chn003_defaults_mixed_with_conda_forge", "DefaultsMixedWithCondaForge"),
    ("chn004_ended_pytorch_channel", "EndedPytorchChannel"),
    ("chn005_cuda_pin_across_channels", "CudaPinAcrossChannels"),
    ("cud001_local_version_without_index", "LocalVersionWithoutIndex"),
    ("cud002_no_such_build", "NoSuchBuild"),
    ("cud003_driver_too_old", "DriverTooOld"),
    ("cud004_gpu_not_in_build", "GpuNotInBuild"),
    ("cud005_cpu_build_on_gpu_target", "CpuBuildOnGpuTarget"),
    ("cud006_cuda_build_without_gpu", "CudaBuildWithoutGpu"),
    ("cud007_pip_cuda_differs_from_conda", "PipCudaDiffersFromConda"),
    ("cud008_family_built_for_different_cuda", "FamilyBuiltForDifferentCuda"),
    ("cud009_build_string_contradicts_cuda", "BuildStringContradictsCuda"),
    ("cud010_no_conda_build_for_cuda", "NoCondaBuildForCuda"),
    ("cud011_cudatoolkit_does_not_choose_build", "CudatoolkitDoesNotChooseBuild"),
    ("cud012_gpu_build_without_virtual_cuda", "GpuBuildWithoutVirtualCuda"),
    ("cud013_conda_build_left_open", "CondaBuildLeftOpen"),
    ("cud014_arm_variant_without_build", "ArmVariantWithoutBuild"),
    ("cud015_tensorflow_cuda_not_tested", "TensorflowCudaNotTested"),
    ("env001_pip_section_without_pip", "PipSectionWithoutPip"),
    ("env002_project_in_both_parts", "ProjectInBothParts"),
    ("env003_pip_contradicts_conda", "PipContradictsConda"),
    ("env004_descriptors_disagree", "DescriptorsDisagree"),
    ("env005_no_joint_solution", "NoJointSolution"),
    ("gap001_fact_missing", "FactMissing"),
    ("img001_image_cuda_newer_than_driver", "ImageCudaNewerThanDriver"),
    ("img002_image_cuda_differs", "ImageCudaDiffers"),
    ("img003_cuda_twice_in_image", "CudaTwiceInImage"),
    ("img004_extension_compiled_with_other_cuda", "ExtensionCompiledWithOtherCuda"),
    ("img005_cuda_wheels_in_cpu_image", "CudaWheelsInCpuImage"),
    ("img006_no_virtual_cuda_in_build", "NoVirtualCudaInBuild"),
    ("img007_later_install_replaces", "LaterInstallReplaces"),
    ("img008_conda_cache_kept", "CondaCacheKept"),
    ("img009_pip_cache_kept", "PipCacheKept"),
    ("img010_base_left_open", "BaseLeftOpen"),
    ("img011_source_copied_before_requirements", "SourceCopiedBeforeRequirements"),
    ("img012_no_healthcheck", "NoHealthcheck"),
    ("img013_externally_managed_python", "ExternallyManagedPython"),
    ("img014_invalid_instruction", "InvalidInstruction"),
    ("img015_python_folder_of_other_version", "PythonFolderOfOtherVersion"),
    ("lck001_stale_lock", "StaleLock"),
    ("lck002_incomplete_lock", "IncompleteLock"),
    ("lck003_cuda_majors_mixed", "CudaMajorsMixed"),
    ("pyv001_no_wheel_for_python", "NoWheelForPython"),
    ("pyv002_no_wheel_builds_from_source", "NoWheelBuildsFromSource"),
    ("pyv003_no_wheel_for_platform", "NoWheelForPlatform"),
    ("pyv004_python_outside_requires_python", "PythonOutsideRequiresPython"),
    ("req001_invalid_requirement", "InvalidRequirement"),
    ("req002_empty_range", "EmptyRange"),
    ("req003_contradictory_requirements", "ContradictoryRequirements"),
    ("req004_missing_include", "MissingInclude"),
    ("req005_odd_entry", "OddEntry"),
    ("req006_yanked_release", "YankedRelease"),
    ("req007_no_such_release", "NoSuchRelease"),
    ("req008_invalid_metadata", "InvalidMetadata"),
    ("req009_no_conda_solution", "NoCondaSolution"),
    ("wrk001_image_for_other_architecture", "ImageForOtherArchitecture"),
    ("wrk002_gpu_request_contradicts_build", "GpuRequestContradictsBuild"),
    ("wrk003_workload_image_left_open", "WorkloadImageLeftOpen"),
    ("wrk004_shared_files_other_versions", "SharedFilesOtherVersions"),
    ("wrk005_time_left_open", "TimeLeftOpen"),
    ("wrk006_limits_incomplete", "LimitsIncomplete"),
    ("wrk007_build_contradicts_dockerfile", "BuildContradictsDockerfile"),
    ("wrk008_python_of_workflow_without_packages", "PythonOfWorkflowWithoutPackages"),
)


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, once, in the order of the catalogue."""
    return tuple(_load(*row) for row in CATALOGUE)


@cache
def environment_rules(*, image: bool) -> tuple[Rule, ...]:
    """The rules that have something to say of an environment; those about images only where *image* says that it is in one.

    Importing the others would take a tenth of a check.
    """
    others = ("wrk",) if image else ("img", "wrk")
    return tuple(_load(*row) for row in CATALOGUE if not row[0].startswith(others))


@cache
def workload_rules() -> tuple[WorkloadRule, ...]:
    """The rules for what runs images, in the order of the catalogue."""
    from compat.rules.workload_base import WorkloadRule

    rules = (_load(*row) for row in CATALOGUE if row[0].startswith("wrk"))
    return tuple(rule for rule in rules if isinstance(rule, WorkloadRule))


@cache
def _load(module: str, name: str) -> Rule:
    from importlib import import_module

    rule: Rule = getattr(import_module(f"compat.rules.{module}"), name)()
    return rule
