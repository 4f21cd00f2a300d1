import pytest

from shipway.data.autograph import libraries_unconverted

pytestmark = pytest.mark.tensorflow


def test_libraries_are_left_alone_within_the_block_and_users_code_never():
    from tensorflow.python.autograph.impl.conversion import is_allowlisted
    from tensorflow_transform.tf_utils import reduce_batch_weighted_counts

    def of_a_user(x):
        return x

    assert not is_allowlisted(reduce_batch_weighted_counts)
    with libraries_unconverted():
        assert is_allowlisted(reduce_batch_weighted_counts)
        assert not is_allowlisted(of_a_user)
    assert not is_allowlisted(reduce_batch_weighted_counts)
